using Analyzer.Inference;
using Analyzer.Models;

namespace Analyzer;

/// <summary>What to extract from which model, and how.</summary>
public sealed record ExtractOptions
{
    /// <summary>The usual <see cref="Memory"/>: 2 GiB.</summary>
    public const long UsualMemory = 2L << 30;

    /// <summary>The usual <see cref="Part"/>: 128 MiB.</summary>
    public const long UsualPart = 128L << 20;

    /// <summary>Path of the ONNX file.</summary>
    public required string Model { get; init; }

    /// <summary>A dataset directory, file or <c>dataset.yaml</c>.</summary>
    public required string Data { get; init; }

    /// <summary>The run's directory; new or empty unless <see cref="Resume"/>.</summary>
    public required string Out { get; init; }

    /// <summary>Selectors; their union is tapped. Empty: every hidden activation.</summary>
    public IReadOnlyList<string> Taps { get; init; } = [];

    /// <summary>Sizes for axes that the model leaves open, by their names; see <see cref="SizeBinding"/>. Default: what the data has.</summary>
    public IReadOnlyDictionary<string, long> Bind { get; init; } = new Dictionary<string, long>();

    /// <summary>What is kept of a tapped tensor; every tap is taken with each of them. Default: the sign bits.</summary>
    public IReadOnlyList<Reducer> Reducers { get; init; } = [Reducer.Sign];

    /// <summary>What becomes of the tokens of tensors [batch, tokens, units]. Default: the reducers go over them.</summary>
    public TokenPool Pool { get; init; } = TokenPool.Mean;

    /// <summary>The model's input that says which tokens count. Default: the one named as such masks usually are, if there is one.</summary>
    public string? Mask { get; init; }

    /// <summary>
    /// Samples whose whole maps [units, positions] are stored as well, for the analysis <c>anomalies</c>: class-balanced, the first ones
    /// of <c>train</c> or of the first split. Default 0: none.
    /// </summary>
    public int Maps { get; init => field = value is >= 0 and <= 1_000_000 ? value : throw OutOfRange("--maps", value, "0 to 1000000"); }

    /// <summary>Device, threads, optimisation.</summary>
    public ExecutionOptions Execution { get; init; } = new();

    /// <summary>Samples a model run takes, 1 to 65,536. Default: the largest power of two up to 256 that fits into <see cref="Memory"/> and, on a CPU, is worth it (its cache holds what one operator makes; 32 at least), or what the model's fixed batch says.</summary>
    public int? Batch { get; init => field = value is null or (>= 1 and <= 65_536) ? value : throw OutOfRange("--batch", value.Value, "1 to 65536"); }

    /// <summary>At most this many samples of each split, from its start. Default: all.</summary>
    public int? Limit { get; init => field = value is null or >= 1 ? value : throw OutOfRange("--limit", value.Value, "at least 1"); }

    /// <summary>
    /// The largest share of samples that may be unreadable, in [0, 1]; such samples are left out and named. Default 0.01, so that a few
    /// bad files do not stop an audit and a wrong folder does.
    /// </summary>
    public double MaxUnreadable { get; init => field = value is >= 0 and <= 1 ? value : throw new AnalyzerException(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"`--max-unreadable` is {value}"), "give 0 to 1"); } = .01;

    /// <summary>
    /// Bytes the process may take, at least 64 MiB: the batch is chosen by it, and where not all taps fit at once the model goes over the
    /// data several times. Default 2 GiB.
    /// </summary>
    public long Memory { get; init => field = value >= 64L << 20 ? value : throw OutOfRange("--memory", value, "at least 64 MiB (67108864)"); } = UsualMemory;

    /// <summary>Bytes that a part of the run may take before Parquet, 1 MiB to 1 GiB: what a killed run loses at most. Default 128 MiB.</summary>
    public long Part { get; init => field = value is >= 1L << 20 and <= 1L << 30 ? value : throw OutOfRange("--part", value, "1 MiB to 1 GiB (1073741824)"); } = UsualPart;

    /// <summary>Where random choices start from. Default 0.</summary>
    public long Seed { get; init; }

    /// <summary>Whether to go on with an interrupted run.</summary>
    public bool Resume { get; init; }

    /// <summary>Whether the controls are extracted too: re-drawn weights for taps of signs and means, random inputs for signs. Default true.</summary>
    public bool Nulls { get; init; } = true;

    /// <summary>The command to write into the manifest.</summary>
    public string CommandLine { get; init; } = "";

    private static AnalyzerException OutOfRange(string option, long value, string range) =>
        new($"`{option}` is {value}", $"give {range}");
}
