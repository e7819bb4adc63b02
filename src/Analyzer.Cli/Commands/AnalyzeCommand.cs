using System.CommandLine;
using Analyzer.Analyses;
using Analyzer.Reports;

namespace Analyzer.Cli.Commands;

/// <summary><c>analyze</c>: read a run, measure, store the result beside it.</summary>
internal static class AnalyzeCommand
{
    public static Command Create(Terminal terminal) => new("analyze", "Run one analysis on a stored run, or all of them")
    {
        All(terminal),
        Preprocessing(terminal),
        Labels(terminal),
        Redundancy(terminal),
        Codes(terminal),
        Discriminate(terminal),
        Anomalies(terminal),
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
            IReadOnlyList<AnalysisResult> results;
            using (var progress = new ProgressPrinter(terminal))
                results = Pipeline.AnalyzeAll(parsed.GetValue(run)!, new() { Seed = parsed.GetValue(seed) }, progress, cancellation);
            return Task.FromResult(Print(terminal, parsed.GetValue(run)!, results, parsed.GetValue(json)));
        });
        return command;
    }

    private static Command Preprocessing(Terminal terminal)
    {
        var usual = new PreprocessingOptions();
        var screened = new Option<int>("--screened") { Description = "Samples that every change of the inputs is tried on", DefaultValueFactory = _ => usual.Screened };
        var samples = new Option<int>("--samples") { Description = "Other samples that the few best are judged on", DefaultValueFactory = _ => usual.Samples };
        return One(terminal, Analyses.Preprocessing.Name, "Was the model fed as it was trained: channels in order, scaled, standardised?",
            [screened, samples], parsed => new() { Preprocessing = new() { Screened = parsed.GetValue(screened), Samples = parsed.GetValue(samples) } });
    }

    private static Command Labels(Terminal terminal)
    {
        var usual = new LabelsOptions();
        var neighbours = new Option<int>("--neighbours") { Description = "Nearest samples that are asked", DefaultValueFactory = _ => usual.Neighbours };
        var samples = new Option<int>("--samples") { Description = "Samples of a split at most, the shares of the classes kept", DefaultValueFactory = _ => usual.Samples };
        return One(terminal, Analyses.Labels.Name, "Are the labels those of the samples, or do samples nearby contradict them?",
            [neighbours, samples], parsed => new() { Labels = new() { Neighbours = parsed.GetValue(neighbours), Samples = parsed.GetValue(samples) } });
    }

    private static Command Redundancy(Terminal terminal)
    {
        var usual = new RedundancyOptions();
        var linkage = SharedOptions.Choices("--linkage", "The distance of two clusters", usual.Linkage);
        var cosine = SharedOptions.Choices("--cosine", "Whether a unit and its negative are alike: absolute, or not: signed", usual.Cosine);
        var responses = SharedOptions.Choices("--responses", "What of units' responses is compared", usual.Responses);
        var tau = new Option<double>("--tau") { Description = "The similarity that verdicts are about", DefaultValueFactory = _ => usual.Tau };
        var samples = new Option<int>("--samples") { Description = "Samples whose responses are compared", DefaultValueFactory = _ => usual.Samples };
        var draws = new Option<int>("--draws") { Description = "Draws of the nulls", DefaultValueFactory = _ => usual.Draws };
        return One(terminal, Analyses.Redundancy.Name, "How many units of a layer repeat others, by their weights and by their responses?",
            [linkage, cosine, responses, tau, samples, draws], parsed => new()
            {
                Redundancy = new()
                {
                    Linkage = SharedOptions.Last(parsed, linkage, usual.Linkage), Cosine = SharedOptions.Last(parsed, cosine, usual.Cosine),
                    Responses = SharedOptions.Last(parsed, responses, usual.Responses),
                    Tau = parsed.GetValue(tau), Samples = parsed.GetValue(samples), Draws = parsed.GetValue(draws),
                },
            });
    }

    private static Command Codes(Terminal terminal)
    {
        var neighbours = new Option<int>("--neighbours") { Description = "k of the nearest-neighbour vote", DefaultValueFactory = _ => new CodesOptions().Neighbours };
        var restarts = new Option<int>("--restarts") { Description = "Starts of K-Means", DefaultValueFactory = _ => new CodesOptions().Restarts };
        var draws = new Option<int>("--draws") { Description = "Label shuffles of the null", DefaultValueFactory = _ => new CodesOptions().Draws };
        var layers = new Option<bool>("--layers") { Description = "Probe each layer alone too, however large the run" };
        return One(terminal, Analyses.Codes.Name, "Does the network encode samples as unique activation codes, and do the codes tell classes apart?",
            [neighbours, restarts, draws, layers], parsed => new()
            {
                Codes = new() { Neighbours = parsed.GetValue(neighbours), Restarts = parsed.GetValue(restarts), Draws = parsed.GetValue(draws), ProbeLayers = parsed.GetValue(layers) ? true : null },
            });
    }

    private static Command Anomalies(Terminal terminal)
    {
        var usual = new AnomaliesOptions();
        var samples = new Option<int>("--samples") { Description = "Samples whose maps are clustered at most, as many of each class", DefaultValueFactory = _ => usual.Samples };
        var clusters = new Option<int>("--clusters") { Description = "Clusters tried at most", DefaultValueFactory = _ => usual.Clusters };
        var score = new Option<double>("--score") { Description = "Robust z of ln CH in its layer above which a filter is suspect", DefaultValueFactory = _ => usual.Score };
        var minority = new Option<double>("--minority") { Description = "Share of the samples that its smallest cluster holds at most", DefaultValueFactory = _ => usual.Minority };
        var draws = new Option<int>("--draws") { Description = "Draws of the null of Gaussian maps", DefaultValueFactory = _ => usual.Draws };
        var ablations = new Option<int>("--ablations") { Description = "Random ablations beside that of the anomaly filters", DefaultValueFactory = _ => usual.Ablations };
        var ablationSamples = new Option<int>("--ablation-samples") { Description = "Samples of each split that an ablated model is scored on at most; 0 ablates nothing", DefaultValueFactory = _ => usual.AblationSamples };
        return One(terminal, Analyses.Anomalies.Name, "Are there filters for which a few samples lie far from all others, and do those filters and samples hurt?",
            [samples, clusters, score, minority, draws, ablations, ablationSamples], parsed => new()
            {
                Anomalies = new()
                {
                    Samples = parsed.GetValue(samples), Clusters = parsed.GetValue(clusters), Score = parsed.GetValue(score), Minority = parsed.GetValue(minority),
                    Draws = parsed.GetValue(draws), Ablations = parsed.GetValue(ablations), AblationSamples = parsed.GetValue(ablationSamples),
                },
            });
    }

    private static Command Discriminate(Terminal terminal)
    {
        var usual = new DiscriminateOptions();
        var pooling = SharedOptions.Choices("--pooling", "What stands for a unit's map; the run must hold it", usual.Pooling);
        var mostSamples = new Option<int>("--most-samples") { Description = "Samples at most, the shares of the classes kept", DefaultValueFactory = _ => usual.MostSamples };
        var draws = new Option<int>("--draws") { Description = "Label permutations of the null", DefaultValueFactory = _ => usual.Draws };
        var quantile = new Option<double>("--quantile") { Description = "The threshold is this quantile of the null", DefaultValueFactory = _ => usual.Quantile };
        var rate = new Option<double>("--rate") { Description = "False discovery rate of the verdicts", DefaultValueFactory = _ => usual.Rate };
        var singlesOut = new Option<double>("--singles-out") { Description = "KS from which on one unit singles out a class", DefaultValueFactory = _ => usual.SinglesOut };
        var upper = new Option<double>("--upper") { Description = "z-score above which a unit is +1 in the embedding", DefaultValueFactory = _ => usual.Upper };
        var lower = new Option<double>("--lower") { Description = "z-score below which a unit is -1 in the embedding", DefaultValueFactory = _ => usual.Lower };
        var c = new Option<double?>("--c") { Description = "Weight of the data against the penalty in the probes (default: .01, 1 or 100, chosen for each on held-out samples)" };
        return One(terminal, Analyses.Discriminate.Name, "Which units tell which classes apart, by presence or by absence?",
            [pooling, mostSamples, draws, quantile, rate, singlesOut, upper, lower, c], parsed => new()
            {
                Discriminate = new()
                {
                    Pooling = SharedOptions.Chosen<Pooling>(parsed, pooling)[^1], MostSamples = parsed.GetValue(mostSamples), Draws = parsed.GetValue(draws),
                    Quantile = parsed.GetValue(quantile), Rate = parsed.GetValue(rate), SinglesOut = parsed.GetValue(singlesOut),
                    Upper = parsed.GetValue(upper), Lower = parsed.GetValue(lower), C = parsed.GetValue(c),
                },
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
            AnalysisResult result;
            using (var progress = new ProgressPrinter(terminal))
                result = Pipeline.Analyze(parsed.GetValue(run)!, name, options, progress, cancellation);
            return Task.FromResult(Print(terminal, parsed.GetValue(run)!, [result], parsed.GetValue(json)));
        });
        return command;
    }

    private static int Print(Terminal terminal, string run, IReadOnlyList<AnalysisResult> results, bool json)
    {
        Tables.PrintAnalyses(terminal, results, json);
        if (File.Exists(Path.Combine(run, "report.json")))
            terminal.Say($"note: the report files in {run} are older than this; `analyzer report {run}` writes them anew");
        return Report.ExitCodeOf([.. results.SelectMany(r => r.Findings)]);
    }

    private static Option<long> Seed() => new("--seed") { Description = "Where random choices start from", DefaultValueFactory = _ => 0 };
}
