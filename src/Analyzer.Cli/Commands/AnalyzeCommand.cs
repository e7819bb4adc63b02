using System.CommandLine;
using Analyzer.Analyses;

namespace Analyzer.Cli.Commands;

/// <summary><c>analyze</c>: read a run, measure, store the result beside it.</summary>
internal static class AnalyzeCommand
{
    public static Command Create(Terminal terminal) => new("analyze", "Run one analysis on a stored run")
    {
        Codes(terminal),
    };

    private static Command Codes(Terminal terminal)
    {
        var command = new Command("codes", "Does the network encode samples as unique activation codes, and do the codes tell classes apart?");
        var run = SharedOptions.Run();
        var neighbours = new Option<int>("--neighbours") { Description = "k of the nearest-neighbour vote", DefaultValueFactory = _ => new CodesOptions().Neighbours };
        var restarts = new Option<int>("--restarts") { Description = "Starts of K-Means", DefaultValueFactory = _ => new CodesOptions().Restarts };
        var draws = new Option<int>("--draws") { Description = "Label shuffles of the null", DefaultValueFactory = _ => new CodesOptions().Draws };
        var seed = new Option<long>("--seed") { Description = "Where random choices start from", DefaultValueFactory = _ => 0 };
        var json = SharedOptions.Json();
        command.Add(run);
        foreach (var option in new Option[] { neighbours, restarts, draws, seed, json }) command.Add(option);
        command.SetAction((parsed, cancellation) =>
        {
            var options = SharedOptions.Checked(parsed, () => new CodesOptions
            {
                Neighbours = parsed.GetValue(neighbours), Restarts = parsed.GetValue(restarts),
                Draws = parsed.GetValue(draws), Seed = parsed.GetValue(seed),
            });
            using (var progress = new ProgressPrinter(terminal))
                Pipeline.AnalyzeCodes(parsed.GetValue(run)!, options, progress, cancellation);
            Tables.PrintAnalysis(terminal, parsed.GetValue(run)!, "codes", parsed.GetValue(json));
            return Task.FromResult(CommandLine.Done);
        });
        return command;
    }
}
