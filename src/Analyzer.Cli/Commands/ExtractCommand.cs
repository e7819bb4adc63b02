using System.CommandLine;
using Analyzer.Models;

namespace Analyzer.Cli.Commands;

/// <summary><c>extract</c>: run the model over the data and store what the taps see.</summary>
internal static class ExtractCommand
{
    public static Command Create(Terminal terminal)
    {
        var command = new Command("extract", "Run a model over data and store its activations as Parquet");
        var options = new ExtractionOptions(command);
        var (taps, reduce) = (SharedOptions.Taps(""), SharedOptions.Reduce());
        (taps.Required, taps.Arity) = (true, ArgumentArity.OneOrMore);
        var maps = SharedOptions.Maps(usual: 0);
        var json = SharedOptions.Json();
        foreach (var option in new Option[] { taps, reduce, maps, json }) command.Add(option);
        command.SetAction((parsed, cancellation) =>
        {
            var wanted = options.Read(parsed) with { Taps = parsed.GetValue(taps)!, Reducers = SharedOptions.Chosen<Reducer>(parsed, reduce), Maps = parsed.GetValue(maps) };
            using (var progress = new ProgressPrinter(terminal))
                Pipeline.Extract(wanted, progress, cancellation);
            Tables.PrintRun(terminal, wanted.Out, parsed.GetValue(json));
            return Task.FromResult(CommandLine.Done);
        });
        return command;
    }
}
