using System.CommandLine;
using Analyzer.Analyses;

namespace Analyzer.Cli.Commands;

/// <summary><c>analyze</c>: read a run, measure, store the result beside it.</summary>
internal static class AnalyzeCommand
{
    public static Command Create(Terminal terminal) => new("analyze", "Run one analysis on a stored run, or all of them")
    {
        All(terminal),
        Codes(terminal),
        SelfSimilarity(terminal),
    };

    private static Command All(Terminal terminal)
    {
        var command = new Command("all", "Every analysis that applies to what the run holds");
        var (run, seed, json) = (SharedOptions.Run(), Seed(), SharedOptions.Json());
        command.Add(run);
        command.Add(seed);
        command.Add(json);
        command.SetAction((parsed, cancellation) =>
        {
            using (var progress = new ProgressPrinter(terminal))
                Pipeline.AnalyzeAll(parsed.GetValue(run)!, new() { Seed = parsed.GetValue(seed) }, progress, cancellation);
            Tables.PrintAnalyses(terminal, parsed.GetValue(run)!, AllAnalyses.Names, parsed.GetValue(json));
            return Task.FromResult(CommandLine.Done);
        });
        return command;
    }

    private static Command Codes(Terminal terminal)
    {
        var neighbours = new Option<int>("--neighbours") { Description = "k of the nearest-neighbour vote", DefaultValueFactory = _ => new CodesOptions().Neighbours };
        var restarts = new Option<int>("--restarts") { Description = "Starts of K-Means", DefaultValueFactory = _ => new CodesOptions().Restarts };
        var draws = new Option<int>("--draws") { Description = "Label shuffles of the null", DefaultValueFactory = _ => new CodesOptions().Draws };
        return One(terminal, Analyses.Codes.Name, "Does the network encode samples as unique activation codes, and do the codes tell classes apart?",
            [neighbours, restarts, draws], parsed => new()
            {
                Codes = new() { Neighbours = parsed.GetValue(neighbours), Restarts = parsed.GetValue(restarts), Draws = parsed.GetValue(draws) },
            });
    }

    private static Command SelfSimilarity(Terminal terminal)
    {
        var samples = new Option<int>("--samples") { Description = "Samples of the first split; rates compare at one number only", DefaultValueFactory = _ => new SelfSimilarityOptions().Samples };
        var units = new Option<int>("--maximum-units") { Description = "Units of a layer at most; larger ones are sub-sampled", DefaultValueFactory = _ => new SelfSimilarityOptions().MaximumUnits };
        var draws = new Option<int>("--draws") { Description = "Shuffles of the null", DefaultValueFactory = _ => new SelfSimilarityOptions().Draws };
        var bootstrap = new Option<int>("--bootstrap") { Description = "Bootstrap samples of a power law's p-value", DefaultValueFactory = _ => new SelfSimilarityOptions().Bootstrap };
        return One(terminal, Analyses.SelfSimilarity.Name, "Are the units of a layer alike at every scale, and did training make them so?",
            [samples, units, draws, bootstrap], parsed => new()
            {
                SelfSimilarity = new()
                {
                    Samples = parsed.GetValue(samples), MaximumUnits = parsed.GetValue(units), Draws = parsed.GetValue(draws), Bootstrap = parsed.GetValue(bootstrap),
                },
            });
    }

    /// <summary>The command of one analysis.</summary>
    /// <param name="terminal">Where it prints.</param>
    /// <param name="name">The analysis.</param>
    /// <param name="description">The question that it answers.</param>
    /// <param name="own">Its own options; the run, the seed and <c>--json</c> come with every one.</param>
    /// <param name="read">Makes its options record; a property is named as the option is.</param>
    private static Command One(Terminal terminal, string name, string description, IReadOnlyList<Option> own, Func<ParseResult, AnalysisOptions> read)
    {
        var command = new Command(name, description);
        var (run, seed, json) = (SharedOptions.Run(), Seed(), SharedOptions.Json());
        command.Add(run);
        foreach (var option in own) command.Add(option);
        command.Add(seed);
        command.Add(json);
        command.SetAction((parsed, cancellation) =>
        {
            var options = SharedOptions.Checked(parsed, () => read(parsed) with { Seed = parsed.GetValue(seed) });
            using (var progress = new ProgressPrinter(terminal))
                Pipeline.Analyze(parsed.GetValue(run)!, name, options, progress, cancellation);
            Tables.PrintAnalyses(terminal, parsed.GetValue(run)!, [name], parsed.GetValue(json));
            return Task.FromResult(CommandLine.Done);
        });
        return command;
    }

    private static Option<long> Seed() => new("--seed") { Description = "Where random choices start from", DefaultValueFactory = _ => 0 };
}
