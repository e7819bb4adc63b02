using Analyzer.Reports;

namespace Analyzer.Analyses;

/// <summary>Says what a <see cref="PreprocessingReport"/> comes to.</summary>
internal static class PreprocessingFindings
{
    public static Finding Of(PreprocessingReport report, InputFacts facts)
    {
        var (given, settings) = (report.Judged[0], report.Settings);
        var better = report.Judged.FirstOrDefault(c => c.Change == report.Better);
        var contradicted = better is not null && Preprocessing.IsWorseByAccuracy(better);
        var unlike = better is null && given.Divergence > settings.MostDivergence;
        var chance = better is null && !unlike && Preprocessing.IsChance(report);
        // Nominally better, by a gain that these samples can neither show nor rule out.
        var perhaps = better is null && !unlike && !chance && report.Suggested is null ? Preprocessing.Perhaps(report) : null;
        // What accuracy says, clearly, leaves no room: all else was measured on inputs that are wrong.
        var certain = better is not null && !contradicted && Preprocessing.IsBetterByAccuracy(better, report);
        var best = better ?? report.Judged.FirstOrDefault(c => c.Change == report.Suggested) ?? perhaps ?? report.Judged.Skip(1).OrderBy(c => c.Divergence ?? double.PositiveInfinity).ThenByDescending(c => c.Accuracy).FirstOrDefault();
        var byDivergence = given.Divergence is not null;
        var difference = byDivergence ? best?.Less : best?.Gain;
        return new()
        {
            Id = "preprocessing.input",
            Analysis = Preprocessing.Name,
            Title = contradicted
                ? $"It is open whether the inputs are prepared as in training: {better!.Change}, {Fit(given, better)}"
                : better is not null
                ? $"The inputs, of {InputChanges.Range(facts)}, look wrongly prepared: {better.Change}, {Fit(given, better)}{Alike(report)}"
                : report.Suggested is { } suggested
                ? $"The inputs suit the model's BatchNorms slightly better {suggested}; without labels that is no proof"
                : unlike
                ? $"The inputs are unlike those of training: those of the first BatchNorms lie {Text.Number(given.Divergence!.Value)} nats a channel from what the model remembers, and no common mistake explains it"
                : chance
                ? $"It is open whether the inputs are prepared as in training: accuracy is {Text.Number(given.Accuracy!.Value)}, and with none of the {report.Screened.Count - 1} other preparations above chance, {Text.Number(report.Chance!.Value)}; are the labels those of these samples, in the model's order of classes?"
                : perhaps is not null
                ? $"Too few samples to tell whether the inputs are prepared as in training: {perhaps.Change}, {Fit(given, perhaps)}, which {settings.Samples} samples neither show nor rule out"
                : $"No other preparation suits the model better than inputs of {InputChanges.Range(facts)} as given; {report.Screened.Count - 1} were tried",
            Value = given.Divergence ?? given.Accuracy!.Value,
            ValueUnit = byDivergence ? "nats a channel" : "fraction",
            Null = (byDivergence ? best?.Divergence : best?.Accuracy) is { } other
                ? new("best-other", other, difference?.Error, difference is { Z: { } z } ? (byDivergence ? z : -z) : null, 1) : null,
            Verdict = contradicted || chance || perhaps is not null || report.Suggested is not null ? Verdict.Inconclusive : certain ? Verdict.Fail : better is not null || unlike ? Verdict.Warn : Verdict.Pass,
            Rule = $"fail where a change adds {Text.Setting(settings.LeastGain)} to accuracy, by more than 3 standard errors on the same {settings.Samples} samples of {settings.Split}, and lifts it as clearly above chance; warn where it takes half of the divergence and {Text.Setting(settings.LeastDivergence)} nats away and leaves less than {Text.Setting(settings.MostDivergence)}, as clearly, or where the divergence is above {Text.Setting(settings.MostDivergence)} though nothing helps; inconclusive where no accuracy is above chance, or a gain of {Text.Setting(settings.LeastGain)} can neither be shown nor ruled out",
            Evidence = "SELECT change, divergence, less, accuracy, gain FROM preprocessing_changes WHERE step = 'judged' ORDER BY divergence, accuracy DESC",
            Source = Preprocessing.Source,
        };
    }

    private static string Alike(PreprocessingReport report) => report.Alike.Count == 0 ? ""
        : $"; {string.Join(" or ", report.Alike.Take(2))}{(report.Alike.Count > 2 ? " and others" : "")} would do as well";

    private static string Fit(TriedChange given, TriedChange better)
    {
        var statistics = given.Divergence is { } was && better.Divergence is { } now
            ? $"they lie {Text.Number(now)} instead of {Text.Number(was)} nats a channel from what the model's BatchNorms remember of training" : null;
        var accuracy = better.Accuracy is { } right ? $"accuracy is {Text.Number(right)} instead of {Text.Number(given.Accuracy!.Value)}" : null;
        return string.Join(", and ", new[] { statistics, accuracy }.OfType<string>());
    }
}
