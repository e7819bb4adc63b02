namespace Analyzer.Cli.Tests;

/// <summary>What a command left behind.</summary>
internal sealed record Outcome(int ExitCode, string Output, string Error)
{
    /// <summary>Runs a command in this process, as a pipe would see it: no terminal, no colour.</summary>
    public static Outcome Of(params string[] args) => Of(CancellationToken.None, args);

    public static Outcome Of(CancellationToken cancellation, params string[] args) => Of(200, cancellation, args);

    /// <summary>With tables laid out for a width.</summary>
    public static Outcome Of(int width, CancellationToken cancellation, params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var exitCode = CommandLine.Run(args, new Terminal(output, error, interactive: false, color: false, width), cancellation);
        return new(exitCode, output.ToString(), error.ToString());
    }
}

/// <summary>A folder for one test, removed after it.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("analyzer-test-").FullName;

    public string this[string name] => System.IO.Path.Combine(Path, name);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
