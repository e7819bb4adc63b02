using Analyzer.Analyses;

namespace Analyzer;

/// <summary>What <c>plan</c> says: what an extraction would store, take and last.</summary>
/// <param name="Model">The ONNX file.</param>
/// <param name="Data">The data.</param>
/// <param name="Samples">Samples that would be used.</param>
/// <param name="Batch">Samples a model run takes.</param>
/// <param name="Passes">How often the model goes over the data, since not all taps fit at once.</param>
/// <param name="PeakBytes">Resident memory of the extraction at most, estimated from shapes.</param>
/// <param name="Memory">The ceiling it was planned for, in bytes.</param>
/// <param name="ActivationBytes">What is stored of the taps, before Parquet.</param>
/// <param name="ControlBytes">What is stored of the controls (re-drawn weights, random inputs), before Parquet.</param>
/// <param name="WeightBytes">What is stored of the weights, before Parquet.</param>
/// <param name="Time">How long the extraction lasts, estimated.</param>
/// <param name="Taps">What is tapped, in graph order.</param>
/// <param name="Analyses">What each analysis reads and holds at once.</param>
/// <param name="Notes">What would be left out, and what the estimates do not cover.</param>
public sealed record Forecast(
    string Model, string Data, long Samples, int Batch, int Passes, long PeakBytes, long Memory, long ActivationBytes, long ControlBytes, long WeightBytes,
    ForecastTime Time, IReadOnlyList<ForecastTap> Taps, IReadOnlyList<AnalysisNeed> Analyses, IReadOnlyList<string> Notes);

/// <summary>Time of an extraction, analyses not counted.</summary>
/// <param name="Seconds">In all: the model over every sample, pass and control, or writing, whichever is longer.</param>
/// <param name="TimedSamples">Samples of the one batch that was run to time the model.</param>
/// <param name="TimedSeconds">What that batch took.</param>
public sealed record ForecastTime(double Seconds, int TimedSamples, double TimedSeconds);

/// <summary>One tap of a plan.</summary>
/// <param name="Id">Its place in the run.</param>
/// <param name="Tensor">The tensor.</param>
/// <param name="Op">What makes it.</param>
/// <param name="Reducer">What is kept of it.</param>
/// <param name="Units">Values or bits a sample.</param>
/// <param name="BytesPerSample">Before Parquet.</param>
/// <param name="Samples">Samples stored.</param>
/// <param name="Bytes">Of all samples, before Parquet.</param>
/// <param name="Pass">The pass that stores it, from 1.</param>
public sealed record ForecastTap(string Id, string Tensor, string Op, string Reducer, int Units, int BytesPerSample, long Samples, long Bytes, int Pass);
