using System.Text.Json;

namespace Analyzer.Tests.Datasets;

/// <summary>Images and what Pillow makes of them, written by <c>tools/reference/images.py</c>.</summary>
internal static class ImageReference
{
    public static string Folder { get; } = Path.Combine(Repository.Root, "tests", "Analyzer.Core.Tests", "Reference", "images");

    public static JsonElement Json { get; } = JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder, "images.json"))).RootElement;

    public static string At(string name) => Path.Combine(Folder, name);

    public static byte[] Bytes(JsonElement packed) => packed.GetProperty("base64").GetBytesFromBase64();

    public static long[] Shape(JsonElement packed) => [.. packed.GetProperty("shape").EnumerateArray().Select(s => s.GetInt64())];

    public static int[] Numbers(JsonElement from, string key) => from.TryGetProperty(key, out var list) ? [.. list.EnumerateArray().Select(n => n.GetInt32())] : [];
}
