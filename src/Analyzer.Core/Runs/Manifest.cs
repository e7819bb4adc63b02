using System.Text.Json;
using System.Text.Json.Serialization;

namespace Analyzer.Runs;

/// <summary>What a run is of and how it was made: <c>manifest.json</c>. Holds no clock time, so that equal work gives equal bytes.</summary>
public sealed record Manifest
{
    /// <summary>Version of this file's layout.</summary>
    public int SchemaVersion { get; init; } = 1;

    /// <summary>False from the first byte until every part is in place; a reader refuses such a run.</summary>
    public bool Complete { get; init; }

    /// <summary>The audited model.</summary>
    public required ModelIdentity Model { get; init; }

    /// <summary>The data that went through it.</summary>
    public required DataIdentity Data { get; init; }

    /// <summary>Null when the run holds the model's own activations; otherwise the control it holds (<see cref="NullKind"/>).</summary>
    public string? Null { get; init; }

    /// <summary>Whether controls of the codes belong to the run.</summary>
    public bool Nulls { get; init; }

    /// <summary>Sizes that were given to axes that the model leaves open, by name; null where none were.</summary>
    public IReadOnlyDictionary<string, long>? Bind { get; init; }

    /// <summary>Which output was read as class scores, and as what; null where none was.</summary>
    public string? ClassScores { get; init; }

    /// <summary>What was selected or exists, but was not tapped, and why.</summary>
    public IReadOnlyList<LeftOutTap> LeftOut { get; init; } = [];

    /// <summary>What was tapped, in the order of ids.</summary>
    public required IReadOnlyList<TapEntry> Taps { get; init; }

    /// <summary>The layers whose weights are stored, in graph order.</summary>
    public IReadOnlyList<WeightEntry> Weights { get; init; } = [];

    /// <summary>The last layer and the tap that holds its input; null where the class scores come from no dense layer.</summary>
    public HeadEntry? Head { get; init; }

    /// <summary>Where and how the model ran.</summary>
    public required Execution Execution { get; init; }

    /// <summary>Versions of everything that can change a result.</summary>
    public required IReadOnlyDictionary<string, string> Versions { get; init; }

    /// <summary>The command that made the run, for repeating it.</summary>
    public required string CommandLine { get; init; }

    /// <summary>How often the model went over the data, because not all taps fit under <c>--memory</c> at once; what is stored does not depend on it.</summary>
    public int Passes { get; init; } = 1;

    /// <summary>How samples are cut into part files.</summary>
    public required Partition Partition { get; init; }

    /// <summary>Written at the end: whether tapping changed what the model says.</summary>
    public NonPerturbation? NonPerturbation { get; init; }

    /// <summary>Smallest and largest value that the first 256 samples of each split, and the rest of their batch, put into each model input: the range of random inputs.</summary>
    public IReadOnlyDictionary<string, InputRange>? InputRanges { get; init; }

    /// <summary>What to say about the run in a report: fallbacks, what was left out, what could not be measured.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    internal static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        WriteIndented = true,
        RespectNullableAnnotations = true,
        NewLine = "\n",
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };
}

/// <summary>Names of the controls kept under <c>RUN/nulls/</c>.</summary>
public static class NullKind
{
    /// <summary>The same graph with re-drawn weights.</summary>
    public const string Untrained = "untrained";

    /// <summary>The same model fed with uniform noise over the data's range.</summary>
    public const string RandomInputs = "random-inputs";
}

/// <summary>Which model: enough to find it again and to know it is the same.</summary>
/// <param name="Path">As given on the command line.</param>
/// <param name="Sha256">Of the file's bytes, lower-case hex.</param>
/// <param name="ExternalSha256">Of the external data files' bytes; null where the model has none.</param>
/// <param name="Parameters">Elements of all weights.</param>
/// <param name="Opset">Version of the default ONNX operator set.</param>
/// <param name="Producer">What wrote the file, by its own word.</param>
/// <param name="Metadata">What the exporter left in the file: keys and values, such as an epoch or a seed.</param>
public sealed record ModelIdentity(
    string Path, string Sha256, string? ExternalSha256, long Parameters, long Opset, string Producer, IReadOnlyDictionary<string, string>? Metadata = null);

/// <summary>Which data.</summary>
/// <param name="Path">As given on the command line.</param>
/// <param name="Name">The dataset's name.</param>
/// <param name="Sha256">Over the names and contents of its files.</param>
/// <param name="Splits">Splits in order; the samples of a run are numbered through all of them.</param>
/// <param name="Classes">Names of the classes, where the dataset has them.</param>
/// <param name="Unreadable">Samples that are there but could not be read; null where there are none.</param>
public sealed record DataIdentity(
    string Path, string Name, string Sha256, IReadOnlyList<SplitEntry> Splits, IReadOnlyList<string>? Classes, IReadOnlyList<UnreadableEntry>? Unreadable = null);

/// <summary>A sample that could not be read: it has a row in <c>samples.parquet</c> behind those of all others, and nothing else.</summary>
/// <param name="Split">Its split.</param>
/// <param name="Source">Where it is.</param>
/// <param name="Label">Its class, where that is known.</param>
/// <param name="Reason">Why, in a few words.</param>
public sealed record UnreadableEntry(string Split, string Source, int? Label, string Reason);

/// <summary>A split as it was used.</summary>
/// <param name="Name">Such as <c>train</c>.</param>
/// <param name="Samples">Samples used; fewer than it has if a limit was given.</param>
/// <param name="Available">Samples it has, less those found unreadable.</param>
/// <param name="Labelled">Whether every sample has a label.</param>
public sealed record SplitEntry(string Name, int Samples, int Available, bool Labelled);

/// <summary>One tapped tensor of a run.</summary>
/// <param name="Id"><c>t0000</c>, <c>t0001</c>, … in graph order; the name of its folder.</param>
/// <param name="Tensor">The tensor's name in the model.</param>
/// <param name="Node">The node that makes it.</param>
/// <param name="Op">That node's operator.</param>
/// <param name="Shape">Dimensions as run, the batch as -1.</param>
/// <param name="Dtype">Element type in the model, such as <c>float</c>.</param>
/// <param name="Reducer">mean, max, std, none or sign.</param>
/// <param name="Units">Values a sample has after the reducer; bits for sign.</param>
/// <param name="Note">What a reader must know of it, such as a threshold outside the theory; null when nothing.</param>
/// <param name="UnitAxis">The axis of <paramref name="Shape"/> that counts units (channels, neurons); null where nothing says which.</param>
/// <param name="Samples">How many samples are stored where not all are: the class-balanced first ones of a split; null for all.</param>
/// <param name="HeadInput">Whether it is tapped only as the last layer's input; analyses of layers leave it out.</param>
public sealed record TapEntry(
    string Id, string Tensor, string Node, string Op, IReadOnlyList<long> Shape, string Dtype, string Reducer, int Units, string? Note = null,
    int? UnitAxis = null, int? Samples = null, bool HeadInput = false)
{
    /// <summary>Whether the tap holds one value a unit and sample: its mean over positions.</summary>
    [JsonIgnore] public bool IsMean => Reducer == "mean";

    /// <summary>Whether the tap holds whole maps, one value a unit and position.</summary>
    [JsonIgnore] public bool IsMaps => Reducer == "none" && UnitAxis is { } axis && Shape.Count > 2 && Units > Shape[axis];

    /// <summary>Whether the tap holds packed bits and lies under <c>codes/</c>.</summary>
    [JsonIgnore] public bool IsCode => Reducer == "sign";

    /// <summary>Bytes one sample takes before Parquet.</summary>
    [JsonIgnore] public int BytesPerSample => IsCode ? (Units + 7) / 8 : Units * sizeof(float);
}

/// <summary>The weights of one layer, stored a unit a row.</summary>
/// <param name="Id"><c>w0000</c>, <c>w0001</c>, … in graph order; the name of its folder.</param>
/// <param name="Tensor">The constant that holds them.</param>
/// <param name="Node">The node that reads them.</param>
/// <param name="Op">That node's operator.</param>
/// <param name="Output">The tensor that node makes.</param>
/// <param name="Units">Filters, neurons, or gates.</param>
/// <param name="Dimension">Weights of a unit, its bias not among them.</param>
/// <param name="Groups">Equal, consecutive groups of units that share no input.</param>
public sealed record WeightEntry(string Id, string Tensor, string Node, string Op, string Output, int Units, int Dimension, int Groups);

/// <summary>The last layer: class scores are a linear map of its input.</summary>
/// <param name="Node">The layer.</param>
/// <param name="Tap">Id of the tap that holds its input, one value a feature.</param>
public sealed record HeadEntry(string Node, string Tap);

/// <summary>A tensor that was not tapped.</summary>
/// <param name="Tensor">Its name.</param>
/// <param name="Reason">Why, in a sentence.</param>
public sealed record LeftOutTap(string Tensor, string Reason);

/// <summary>Where and how the model ran.</summary>
/// <param name="Device">What was asked for: auto, cpu or cuda.</param>
/// <param name="Provider">What ran it: <c>CPUExecutionProvider</c> or <c>CUDAExecutionProvider</c>.</param>
/// <param name="OptimizationLevel">ONNX Runtime's graph optimisation level.</param>
/// <param name="Threads">Threads inside one operator.</param>
/// <param name="Batch">Samples a model run takes.</param>
/// <param name="Seed">Where every random choice starts from.</param>
public sealed record Execution(string Device, string Provider, string OptimizationLevel, int Threads, int Batch, long Seed);

/// <summary>How samples are cut into part files; a part never crosses a split.</summary>
/// <param name="SamplesPerPart">A multiple of the batch.</param>
/// <param name="MapsPerPart">Of the samples whose maps are stored too, at most this many, or one batch.</param>
/// <param name="Batch">Samples a model run takes.</param>
public sealed record Partition(int SamplesPerPart, int MapsPerPart, int Batch);

/// <summary>The range of an input's values over most samples: the twentieth of them that reaches lowest is left out, and the twentieth that reaches highest.</summary>
/// <param name="Min">Smallest value.</param>
/// <param name="Max">Largest value.</param>
public sealed record InputRange(double Min, double Max)
{
    /// <summary>Share of the samples that is left out at either end, as corrupt ones may be; none of fewer than 21.</summary>
    internal const double LeftOut = .05;
}

/// <summary>Whether the patched model still says what the untouched one says.</summary>
/// <param name="Samples">Samples compared.</param>
/// <param name="Outputs">Outputs compared, by name.</param>
/// <param name="BitEqual">Whether every byte of every output is the same.</param>
/// <param name="LargestDifference">Largest absolute difference over all of them; 0 when bit-equal, null where values have none: a number against NaN or an infinity, or a type that is not read.</param>
public sealed record NonPerturbation(int Samples, IReadOnlyList<string> Outputs, bool BitEqual, double? LargestDifference);
