using System.Text.Json;
using Analyzer.Models;

namespace Analyzer.Datasets;

/// <summary>Reads Hugging Face's <c>preprocessor_config.json</c>: what an image processor of transformers does to an image.</summary>
/// <remarks>
/// The order is transformers': resize, centre crop, rescale, normalise; the crop begins at half the spare pixels, rounded down. Keys that
/// would change pixels in a way that is not known here are refused, other unknown ones are noted.
/// </remarks>
internal static class HuggingFaceConfig
{
    /// <summary>The file's name.</summary>
    public const string FileName = "preprocessor_config.json";

    private const int MostBytes = 1 << 20;

    // A whole number as size is a square for these and the shorter side for those: their `default_to_square` in transformers.
    private static readonly string[] Square = ["ViTImageProcessor", "ViTImageProcessorFast", "ViTFeatureExtractor", "DeiTImageProcessor", "DeiTFeatureExtractor", "BeitImageProcessor", "BeitFeatureExtractor", "SegformerImageProcessor", "SegformerFeatureExtractor", "SwinImageProcessor"];
    private static readonly string[] Shorter = ["CLIPImageProcessor", "CLIPImageProcessorFast", "CLIPFeatureExtractor", "ConvNextImageProcessor", "ConvNextFeatureExtractor", "LevitImageProcessor", "LevitFeatureExtractor", "BitImageProcessor", "MobileNetV1ImageProcessor", "MobileNetV2ImageProcessor", "MobileNetV2FeatureExtractor", "PoolFormerImageProcessor"];

    private static readonly string[] Known = ["do_resize", "size", "resample", "do_center_crop", "crop_size", "do_rescale", "rescale_factor", "do_normalize", "image_mean", "image_std", "image_processor_type", "feature_extractor_type"];

    // They change pixels, and not in a way that is done here.
    private static readonly string[] Refused = ["crop_pct", "pad_size", "size_divisor", "size_divisibility", "offset", "rescale_offset", "patch_size", "max_pixels", "min_pixels", "num_crops", "max_image_size", "tile_size"];

    /// <summary>Reads the file.</summary>
    /// <param name="file">Path.</param>
    /// <returns>The preprocessing, and a note that says what was read and what was not.</returns>
    /// <exception cref="AnalyzerException">No such file, no JSON, or a step that is not known.</exception>
    public static (Preprocessing Preprocessing, string Note) Read(string file)
    {
        using var document = Parsed(file);
        try
        {
            return Read(file, document.RootElement);
        }
        catch (InvalidOperationException e)
        {
            // Only met when a text is asked for: its bytes are no UTF-8, or an escape stands for half a character.
            throw BadData.Because($"`{file}` holds text that is no Unicode", "fetch or write it again", e);
        }
    }

    private static (Preprocessing Preprocessing, string Note) Read(string file, JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object) throw BadData.Because($"`{file}` is no object of keys and values", "is it an image processor's configuration?");
        var ignored = new List<string>();
        foreach (var key in root.EnumerateObject().Where(k => !Known.Contains(k.Name, StringComparer.Ordinal)))
        {
            var off = key.Value.ValueKind is JsonValueKind.Null or JsonValueKind.False;
            // Images are always brought to red, green, blue.
            if (!off && key.Name != "do_convert_rgb" && (key.Name.StartsWith("do_", StringComparison.Ordinal) || Refused.Contains(key.Name, StringComparer.Ordinal)))
                throw Wrong(file, key.Name, key.Value, "changes pixels and is not done here", "prepare the images before, or write the `preprocess` of a `dataset.yaml` that comes near");
            ignored.Add(key.Name);
        }
        var preprocessing = Preprocessing.None with { CropOffset = CropOffset.Down };
        if (Flag(file, root, "do_resize")) preprocessing = preprocessing with { Resize = Size(file, root), Resampling = Resample(file, root) };
        if (Flag(file, root, "do_center_crop")) preprocessing = preprocessing with { Crop = Crop(file, root) };
        if (Flag(file, root, "do_rescale"))
            preprocessing = preprocessing with { Scale = root.TryGetProperty("rescale_factor", out var factor) ? Number(file, "rescale_factor", factor, v => v != 0, "not 0") : 1.0 / 255 };
        if (Flag(file, root, "do_normalize"))
            preprocessing = preprocessing with { Mean = Numbers(file, root, "image_mean", _ => true, "finite"), Std = Numbers(file, root, "image_std", v => v > 0, "above 0") };
        var ending = ignored.Count == 0 ? "" : $"; not read: {string.Join(", ", ignored.Select(k => $"`{k}`"))}";
        return (preprocessing, $"preprocessing is that of `{Path.GetFileName(file)}`: {Steps(preprocessing)}{ending}");
    }

    private static string Steps(Preprocessing p)
    {
        string[] steps =
        [
            .. p.Resize is [var side] ? [$"shorter side {side} ({p.Resampling.ToString().ToLowerInvariant()})"] : p.Resize is [var h, var w] ? [$"resize {h}×{w} ({p.Resampling.ToString().ToLowerInvariant()})"] : Array.Empty<string>(),
            .. p.Crop is [var tall, var wide] ? [$"crop {tall}×{wide}"] : Array.Empty<string>(),
            .. p.Scale is not null ? ["rescale"] : Array.Empty<string>(),
            .. p.Mean.Count > 0 ? ["normalise"] : Array.Empty<string>(),
        ];
        return steps.Length == 0 ? "nothing" : string.Join(", ", steps);
    }

    private static JsonDocument Parsed(string file)
    {
        using var stream = ArraySource.OpenFile(file);
        if (stream.Length > MostBytes) throw BadData.Because($"`{file}` is {stream.Length} bytes long; the limit for a configuration is {MostBytes}", "is it an image processor's configuration?");
        try
        {
            return JsonDocument.Parse(stream);
        }
        catch (JsonException e)
        {
            throw BadData.Because($"`{file}` line {(e.LineNumber ?? 0) + 1} is no JSON", "fetch or write it again", e);
        }
    }

    // Absent means on where transformers' processors have it on: the keys that it goes with are there.
    private static bool Flag(string file, JsonElement root, string key)
    {
        if (!root.TryGetProperty(key, out var value))
            return key switch
            {
                "do_resize" => root.TryGetProperty("size", out _),
                "do_center_crop" => root.TryGetProperty("crop_size", out _),
                "do_normalize" => root.TryGetProperty("image_mean", out _),
                _ => true,
            };
        return value.ValueKind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False or JsonValueKind.Null => false,
            _ => throw Wrong(file, key, value, "is neither true nor false", "write `true` or `false`"),
        };
    }

    private static int[] Size(string file, JsonElement root)
    {
        if (!root.TryGetProperty("size", out var size)) throw BadData.Because($"`{file}` has `do_resize` but no `size`", "add it: `\"size\": {\"height\": 224, \"width\": 224}`");
        switch (size.ValueKind)
        {
            case JsonValueKind.Number:
                var side = Whole(file, "size", size);
                var processor = root.TryGetProperty("image_processor_type", out var type) || root.TryGetProperty("feature_extractor_type", out type) ? type.ToString() : "";
                if (Square.Contains(processor, StringComparer.Ordinal)) return [side, side];
                if (Shorter.Contains(processor, StringComparer.Ordinal)) return [side];
                throw Wrong(file, "size", size, $"is a square for some image processors and the shorter side for others, and `{processor}` is not known",
                            $"write `{{\"height\": {side}, \"width\": {side}}}` or `{{\"shortest_edge\": {side}}}`");
            case JsonValueKind.Object when size.EnumerateObject().Count() == 2 && size.TryGetProperty("height", out var height) && size.TryGetProperty("width", out var width):
                return [Whole(file, "size", height), Whole(file, "size", width)];
            case JsonValueKind.Object when size.EnumerateObject().Count() == 1 && size.TryGetProperty("shortest_edge", out var edge):
                return [Whole(file, "size", edge)];
            default: throw Wrong(file, "size", size, "is no size that is known here", "write `{\"height\": 224, \"width\": 224}` or `{\"shortest_edge\": 224}`");
        }
    }

    private static int[] Crop(string file, JsonElement root)
    {
        if (!root.TryGetProperty("crop_size", out var size)) throw BadData.Because($"`{file}` has `do_center_crop` but no `crop_size`", "add it: `\"crop_size\": {\"height\": 224, \"width\": 224}`");
        if (size.ValueKind == JsonValueKind.Number) return [Whole(file, "crop_size", size), Whole(file, "crop_size", size)];
        return size.ValueKind == JsonValueKind.Object && size.EnumerateObject().Count() == 2 && size.TryGetProperty("height", out var height) && size.TryGetProperty("width", out var width)
            ? [Whole(file, "crop_size", height), Whole(file, "crop_size", width)]
            : throw Wrong(file, "crop_size", size, "is no size that is known here", "write `{\"height\": 224, \"width\": 224}`");
    }

    // Pillow's numbers.
    private static Resampling Resample(string file, JsonElement root)
    {
        // Without it every processor has its own.
        if (!root.TryGetProperty("resample", out var how)) throw BadData.Because($"`{file}` has `do_resize` but no `resample`", "add it: 0 (nearest), 2 (bilinear) or 3 (bicubic)");
        return how.ValueKind == JsonValueKind.Number && how.TryGetInt32(out var number) ? number switch
        {
            0 => Resampling.Nearest,
            2 => Resampling.Bilinear,
            3 => Resampling.Bicubic,
            _ => throw Wrong(file, "resample", how, "is no filter that is known here", "known are 0 (nearest), 2 (bilinear) and 3 (bicubic)"),
        } : throw Wrong(file, "resample", how, "is no filter that is known here", "known are 0 (nearest), 2 (bilinear) and 3 (bicubic)");
    }

    private static int Whole(string file, string key, JsonElement value) => value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var whole) && whole is >= 1 and <= Preprocessing.LargestSide
        ? whole
        : throw Wrong(file, key, value, $"is no whole number from 1 to {Preprocessing.LargestSide}", "write pixels");

    private static double[] Numbers(string file, JsonElement root, string key, Func<double, bool> allowed, string range)
    {
        if (!root.TryGetProperty(key, out var value)) throw BadData.Because($"`{file}` has `do_normalize` but no `{key}`", "add it, one number per channel");
        return value.ValueKind == JsonValueKind.Array && value.GetArrayLength() > 0
            ? [.. value.EnumerateArray().Select(v => Number(file, key, v, allowed, range))]
            : [Number(file, key, value, allowed, range)];
    }

    private static double Number(string file, string key, JsonElement value, Func<double, bool> allowed, string range) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && float.IsFinite((float)number) && allowed((float)number)
            ? number
            : throw Wrong(file, key, value, $"is no number, {range}", "write a number, or a list of one per channel");

    private static AnalyzerException Wrong(string file, string key, JsonElement value, string what, string hint) =>
        BadData.Because($"`{file}`: `{key}: {value.GetRawText()}` {what}", hint);
}
