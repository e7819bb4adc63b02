using System.CommandLine;
using Analyzer.Analyses;

namespace Analyzer.Cli.Commands;

/// <summary><c>sweep</c>: many runs of one family, side by side.</summary>
internal static class SweepCommand
{
    public static Command Create(Terminal terminal)
    {
        var command = new Command("sweep", "Compare many runs of one family: curves over width, depth, epoch or whatever differs, and the phase chart of codes");
        var runs = new Argument<string[]>("RUN") { Description = "Directories of analysed runs, two or more", Arity = ArgumentArity.OneOrMore };
        var folder = new Option<string>("--out") { Description = "Where the tables and figures go", Required = true };
        var factors = new Option<string[]>("--factor")
        {
            Description = @"What differs, read from the models' file names: a name and a regular expression with a group, such as epoch='epoch(\d+)'. May be given several times",
            HelpName = "NAME=REGEX",
        };
        var under = new Option<double>("--under-expressive") { Description = "R above which codes are under-expressive", DefaultValueFactory = _ => new SweepOptions().UnderExpressive };
        var plateau = new Option<double>("--plateau") { Description = "Accuracy below the best, or moved at the next step, that makes a place critical", DefaultValueFactory = _ => new SweepOptions().Plateau };
        var json = SharedOptions.Json();
        command.Add(runs);
        foreach (var option in new Option[] { folder, factors, under, plateau, json }) command.Add(option);
        command.SetAction((parsed, _) =>
        {
            var options = SharedOptions.Checked(parsed, () => new SweepOptions
            {
                Factors = Read(parsed.GetValue(factors) ?? []), UnderExpressive = parsed.GetValue(under), Plateau = parsed.GetValue(plateau),
            });
            var report = Pipeline.Sweep(parsed.GetValue(runs)!, parsed.GetValue(folder)!, options);
            if (parsed.GetValue(json)) terminal.OutputWriter.Write(report.ToJson());
            else Tables.PrintSweep(terminal, parsed.GetValue(folder)!, report);
            return Task.FromResult(CommandLine.Done);
        });
        return command;
    }

    private static Dictionary<string, string> Read(IReadOnlyList<string> given)
    {
        var factors = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var text in given)
        {
            var cut = text.IndexOf('=', StringComparison.Ordinal);
            if (cut < 1 || cut == text.Length - 1)
                throw new AnalyzerException($"`--factor {text}` is no name and expression", @"write it as NAME=REGEX, such as `--factor epoch='epoch(\d+)'`");
            if (!factors.TryAdd(text[..cut], text[(cut + 1)..]))
                throw new AnalyzerException($"`--factor {text[..cut]}` is given twice", "give each factor once");
        }
        return factors;
    }
}
