using System.Text.RegularExpressions;

namespace Analyzer.Cli.Tests;

/// <summary>Compares what a command prints with a file under <c>Goldens/</c>; <c>GOLDEN=update</c> accepts it.</summary>
internal static partial class Golden
{
    public static void Check(string name, Outcome outcome, params (string From, string To)[] scrub)
    {
        var text = $"exit code {outcome.ExitCode}\n--- standard output\n{outcome.Output}--- standard error\n{outcome.Error}";
        foreach (var (from, to) in scrub) text = text.Replace(from, to, StringComparison.Ordinal);
        // What differs from one machine or run to the next: durations, rates, trailing blanks of tables.
        text = Seconds().Replace(Rate().Replace(text, "RATE"), "SECONDS");
        text = string.Join('\n', text.ReplaceLineEndings("\n").Split('\n').Select(line => line.TrimEnd()));

        var path = Path.Combine(Repository.Root, "tests", "Analyzer.Cli.Tests", "Goldens", $"{name}.txt");
        if (Environment.GetEnvironmentVariable("GOLDEN") == "update") File.WriteAllText(path, text);
        Assert.True(File.Exists(path), $"`{path}` is missing; read the output, then accept it with `GOLDEN=update`:\n{text}");
        Assert.Equal(File.ReadAllText(path), text);
    }

    [GeneratedRegex(@"\d+(\.\d+)? s( left)?\b")] private static partial Regex Seconds();

    [GeneratedRegex(@"[\d,]+ samples/s")] private static partial Regex Rate();
}
