using System.Globalization;

namespace Analyzer.Analyses;

/// <summary>The mistakes that people make in preparing images, each as the change that takes it back.</summary>
internal static class InputChanges
{
    // Means and deviations of pixels in [0, 1], as training recipes have them.
    private sealed record Standard(string Name, double[] Mean, double[] Std);

    private static readonly Standard[] OfColours =
    [
        new("ImageNet's mean and std", [.485, .456, .406], [.229, .224, .225]),
        new("CIFAR-10's mean and std", [.4914, .4822, .4465], [.2023, .1994, .2010]),
        new("mean .5 and std .5", [.5], [.5]),
    ];

    private static readonly Standard[] OfOneChannel = [new("MNIST's mean and std", [.1307], [.3081]), new("mean .5 and std .5", [.5], [.5])];

    // What Caffe's models take: blue first, pixels of 0 to 255 less their mean.
    private static readonly double[] CaffeMean = [103.939, 116.779, 123.68];

    // A pixel of [0, 1] is at most (1 - .1307)/.1 when standardised by any recipe; one of [0, 255] far more.
    private const double LargestStandardised = 10;

    // Pixels divided by 255 twice hardly differ when they are standardised: by 1/255 over a deviation of at least .2, and channels by their means.
    private const double SmallestStandardised = 1;

    // Rounding may put a pixel just outside its range.
    private const double Slack = .01;

    /// <summary>All changes that make sense for values in such a range; as given first.</summary>
    public static IReadOnlyList<InputChange> Of(InputFacts facts)
    {
        List<InputChange> plain = [InputChange.None, .. Values(facts)];
        if (facts.Channels == 3)
            plain.AddRange([.. plain.Select(c => c with { Name = c == InputChange.None ? "with their channels in reverse order" : $"with their channels in reverse order, {c.Name}", Arrangement = InputArrangement.ReversedChannels })]);
        plain.AddRange(Recipes(facts));
        if (facts is { Channels: not null, Square: true }) plain.Add(InputChange.None with { Name = "with rows as columns", Arrangement = InputArrangement.Transposed });
        return plain;
    }

    private static IEnumerable<InputChange> Values(InputFacts facts)
    {
        var standards = facts.Channels == 3 ? OfColours : OfOneChannel;
        var fraction = facts.Least >= -Slack && facts.Most <= 1 + Slack;
        var bytes = facts.Least >= -Slack && facts.Most is > 1 + Slack and <= 255 + Slack;
        if (fraction) yield return Change("multiplied by 255", [255], [0]);
        if (bytes) yield return Change("divided by 255", [1 / 255.0], [0]);
        foreach (var s in standards)
        {
            if (fraction) yield return Change($"standardised with {s.Name}", Each(s, (_, std) => 1 / std), Each(s, (mean, std) => -mean / std));
            if (bytes) yield return Change($"divided by 255 and standardised with {s.Name}", Each(s, (_, std) => 1 / (255 * std)), Each(s, (mean, std) => -mean / std));
            // Values below 0 were standardised already, perhaps for a model that was not trained so.
            if (!fraction && !bytes)
            {
                if (facts.Most > LargestStandardised)
                    yield return Change($"divided by 255 before {s.Name} are applied, not after", Each(s, (_, _) => 1 / 255.0), Each(s, (mean, std) => (mean / 255 - mean) / std));
                yield return Change($"without the standardisation by {s.Name}", Each(s, (_, std) => std), Each(s, (mean, _) => mean));
                yield return Change($"without the standardisation by {s.Name}, multiplied by 255", Each(s, (_, std) => 255 * std), Each(s, (mean, _) => 255 * mean));
            }
        }
        if (facts.Channels == 3 && (fraction || bytes))
            yield return Change($"{(fraction ? "multiplied by 255, " : "")}less Caffe's mean", [fraction ? 255 : 1], Array.ConvertAll(CaffeMean, m => -m));
    }

    // Standardised, but with other numbers: alone, for two mistakes at once would double the list.
    private static IEnumerable<InputChange> Recipes(InputFacts facts)
    {
        if (facts.Least >= -Slack || facts.Most > LargestStandardised) yield break;
        var standards = facts.Channels == 3 ? OfColours : OfOneChannel;
        foreach (var given in standards)
        {
            if (facts.Most - facts.Least < SmallestStandardised)
                yield return Change($"multiplied by 255 before {given.Name} are applied", Each(given, (_, _) => 255), Each(given, (mean, std) => (255 * mean - mean) / std));
            foreach (var other in standards.Where(s => s != given))
                yield return Change($"standardised with {other.Name}, not {given.Name}", Both(given, other, (_, std, _, std2) => std / std2), Both(given, other, (mean, _, mean2, std2) => (mean - mean2) / std2));
        }
    }

    private static InputChange Change(string name, double[] scale, double[] offset) => new(name, InputArrangement.AsGiven, scale, offset);

    private static double[] Each(Standard standard, Func<double, double, double> of) => [.. standard.Mean.Zip(standard.Std, of)];

    private static double[] Both(Standard given, Standard other, Func<double, double, double, double, double> of)
    {
        var channels = Math.Max(given.Mean.Length, other.Mean.Length);
        return [.. Enumerable.Range(0, channels).Select(c => of(At(given.Mean, c), At(given.Std, c), At(other.Mean, c), At(other.Std, c)))];
        static double At(double[] values, int channel) => values[Math.Min(channel, values.Length - 1)];
    }

    /// <summary>The range of the values in words.</summary>
    public static string Range(InputFacts facts) => string.Create(CultureInfo.InvariantCulture, $"{facts.Least:g3} to {facts.Most:g3}");
}
