namespace Analyzer.Datasets;

/// <summary>How one stored sample becomes one row of the model's input: shape, order of elements, and channel of each.</summary>
/// <param name="Shape">Shape of a row, without the batch axis.</param>
/// <param name="Order">For each element of the row the place of the stored one; null where nothing moves.</param>
/// <param name="Channels">Number of channels, at least 1; 1 where none are known.</param>
/// <param name="ChannelStride">Elements of the row from one channel to the next.</param>
/// <remarks>
/// A sample [a,b,c] goes into a model input [x,y,z] as it is where the shapes agree, else as [c,a,b] (its last axis are the channels),
/// else as [b,c,a] (its first axis are), whichever agrees. `layout` NCHW or NHWC states what the result must be; then a sample whose
/// first or last axis, but not both, has 1, 3 or 4 elements has its channels there. `layout: flat` moves nothing. A sample that has
/// another rank than the model's input, or one channel, takes the input's shape where the numbers of elements agree; a free axis of the
/// input takes what is left, or what the sample has at that place.
/// </remarks>
internal sealed record SampleLayout(long[] Shape, int[]? Order, int Channels, int ChannelStride)
{
    private static readonly int[] ToChannelsFirst = [2, 0, 1];
    private static readonly int[] ToChannelsLast = [1, 2, 0];
    private static readonly int[] AsStored = [0, 1, 2];

    /// <summary>Decides, or says why it cannot.</summary>
    /// <param name="stored">Shape of a stored sample.</param>
    /// <param name="wanted">Shape of the model's input without its batch axis; null where an axis is free.</param>
    /// <param name="preprocessing">Layout and colour are used.</param>
    /// <param name="subject">How messages begin: which samples do not fit which input.</param>
    /// <exception cref="AnalyzerException">They do not fit; both shapes are named.</exception>
    public static SampleLayout For(long[] stored, long?[] wanted, Preprocessing preprocessing, string subject)
    {
        var (axes, channelAxis) = stored.Length == 3 ? Image(stored, wanted, preprocessing.Layout, subject) : (null, null);
        var arranged = axes is null ? stored : [.. axes.Select(a => stored[a])];
        var shape = Fit(arranged, wanted) ?? throw Mismatch(subject, arranged, wanted);
        // Of samples without a channel axis of their own, the model's input may tell: [n,3,32,32].
        if (stored.Length != 3 && shape.Length == 3) channelAxis = GuessChannels(shape);
        var channelled = stored.Length == 3 ? arranged : shape;
        var isImage = channelAxis is not null;
        // The columns of a table have their own mean, but no colour.
        if (channelAxis is null && stored.Length == 1) (channelled, channelAxis) = (stored, 0);
        var channels = channelAxis is { } axis ? checked((int)channelled[axis]) : 1;
        var stride = channelAxis is { } at ? checked((int)channelled.Skip(at + 1).Aggregate(1L, (a, b) => a * b)) : 1;
        var order = axes is null || axes.AsSpan().SequenceEqual(AsStored) ? null : Permutation(stored, axes);
        if (preprocessing.Color is { } color)
            order = Colored(color, order, arranged, isImage ? channels : null, stride, subject);
        return new SampleLayout(shape, order, channels, stride);
    }

    /// <summary>The axis of an image's channels: the first or last, where one of them but not both has 1, 3 or 4 elements.</summary>
    internal static int? GuessChannels(long[] shape) => (shape[0] is 1 or 3 or 4, shape[2] is 1 or 3 or 4) switch
    {
        (true, false) => 0,
        (false, true) => 2,
        _ => null,
    };

    // The axes of the row in terms of those of the sample, and which of the row's are the channels.
    private static (int[] Axes, int? ChannelAxis) Image(long[] stored, long?[] wanted, TensorLayout? layout, string subject)
    {
        var guess = GuessChannels(stored);
        if (layout == TensorLayout.Flat) return (AsStored, guess);
        if (layout is null)
        {
            if (Agrees(stored, wanted, AsStored)) return (AsStored, guess);
            if (Agrees(stored, wanted, ToChannelsFirst)) return (ToChannelsFirst, 0);
            if (Agrees(stored, wanted, ToChannelsLast)) return (ToChannelsLast, 2);
            // [28,28,1] into [1,784,1]: with one channel every order is the same.
            if (wanted.Length != 3 || (guess is { } axis && stored[axis] == 1)) return (AsStored, guess);
            throw Mismatch(subject, stored, wanted);
        }
        var channelAxis = layout == TensorLayout.Nchw ? 0 : 2;
        var move = layout == TensorLayout.Nchw ? ToChannelsFirst : ToChannelsLast;
        var stays = guess is { } g ? g == channelAxis
                  : Agrees(stored, wanted, AsStored) ? true
                  : Agrees(stored, wanted, move) ? false
                  : throw BadData.Because($"{subject}: a sample of shape {BadData.Shape(stored)} does not show which axis its channels are",
                                          "store the samples in the layout that the model takes, and leave `layout` out");
        var axes = stays ? AsStored : move;
        var oneChannel = guess is { } known && stored[known] == 1;
        return wanted.Length != 3 || oneChannel || Agrees(stored, wanted, axes)
            ? (axes, channelAxis)
            : throw Mismatch($"{subject}: `layout: {(channelAxis == 0 ? "NCHW" : "NHWC")}`", [.. axes.Select(a => stored[a])], wanted);
    }

    private static bool Agrees(long[] stored, long?[] wanted, int[] axes) =>
        wanted.Length == axes.Length && axes.Zip(wanted).All(pair => pair.Second is null || pair.Second == stored[pair.First]);

    // The wanted shape with its free axes filled in; null where that cannot be.
    private static long[]? Fit(long[] sample, long?[] wanted)
    {
        if (sample.Length == wanted.Length && sample.Zip(wanted).All(p => p.Second is null || p.Second == p.First)) return sample;
        var elements = sample.Aggregate(1L, (a, b) => a * b);
        // Compared by division, for the sizes a model declares may overflow when multiplied.
        var left = elements;
        foreach (var dim in wanted)
        {
            if (dim is null) continue;
            if (dim < 1 || left % dim.Value != 0) return null;
            left /= dim.Value;
        }
        return wanted.Count(d => d is null) switch
        {
            0 => left == 1 ? [.. wanted.Select(d => d!.Value)] : null,
            1 => [.. wanted.Select(d => d ?? left)],
            _ => null,
        };
    }

    private static int[] Permutation(long[] stored, int[] axes)
    {
        var strides = new[] { stored[1] * stored[2], stored[2], 1 };
        var order = new int[checked((int)(stored[0] * strides[0]))];
        var at = 0;
        for (long i = 0; i < stored[axes[0]]; i++)
            for (long j = 0; j < stored[axes[1]]; j++)
                for (long k = 0; k < stored[axes[2]]; k++)
                    order[at++] = (int)(i * strides[axes[0]] + j * strides[axes[1]] + k * strides[axes[2]]);
        return order;
    }

    private static int[]? Colored(ColorOrder color, int[]? order, long[] arranged, int? channels, int stride, string subject)
    {
        if (color == ColorOrder.Gray)
            return channels == 1 || (channels is null && arranged.Length < 3)
                ? order
                : throw BadData.Because($"{subject}: `color: gray` is not supported yet for samples of shape {BadData.Shape(arranged)}",
                                        "store the samples in gray");
        if (channels != 3)
            throw BadData.Because($"{subject}: `color: {(color == ColorOrder.Rgb ? "RGB" : "BGR")}` needs samples of 3 channels; " +
                                  $"those of shape {BadData.Shape(arranged)} " +
                                  (channels is null ? "do not show theirs" : $"have {channels}"),
                                  "leave `color` out, or store the samples as [height,width,3]");
        if (color == ColorOrder.Rgb) return order;
        var elements = (int)arranged.Aggregate(1L, (a, b) => a * b);
        var swapped = new int[elements];
        for (var i = 0; i < elements; i++)
        {
            var channel = i / stride % 3;
            var from = i + (2 - 2 * channel) * stride;
            swapped[i] = order?[from] ?? from;
        }
        return swapped;
    }

    private static AnalyzerException Mismatch(string subject, long[] sample, long?[] wanted) => BadData.Because(
        $"{subject}: a sample has the shape {BadData.Shape(sample)}, {BadData.Count(sample.Aggregate(1L, (a, b) => a * b), "element")}; " +
        $"the input takes {BadData.Shape(wanted)} per sample{Elements(wanted)}",
        Cause(sample, wanted));

    // Images are brought to a model; other data is stored as the model takes it.
    private static string Cause(long[] sample, long?[] wanted)
    {
        if (sample.Length == 3 && GuessChannels(sample) is { } axis && wanted.Length == 3)
        {
            var sides = sample.Where((_, a) => a != axis).ToArray();
            if (sample[axis] == 3 && wanted[0] == 1 && sides.SequenceEqual(wanted.Skip(1).Select(d => d ?? -1)))
                return "`preprocess: { color: gray }` in a `dataset.yaml` makes one channel of the three of an image file";
            // The same sides in another order are a matter of layout.
            if ((wanted[0] == sample[axis] || wanted[2] == sample[axis]) && !wanted.Select(d => d ?? 0).Order().SequenceEqual(sample.Order()))
                return "bring images to the model's size with `preprocess: { resize: …, crop: … }` in a `dataset.yaml`";
        }
        return "does this data belong to this model? store the samples in the shape that it takes";
    }

    // Free axes and absurd ones have no number of elements.
    private static string Elements(long?[] wanted)
    {
        var elements = wanted.Aggregate((Int128?)1, (a, b) => a > long.MaxValue ? a : a * b);
        return elements >= 0 && elements <= long.MaxValue ? $", {BadData.Count((long)elements, "element")}" : "";
    }
}
