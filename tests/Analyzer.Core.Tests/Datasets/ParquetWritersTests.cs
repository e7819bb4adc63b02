using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;
using Analyzer.Datasets;
using Analyzer.Models;

namespace Analyzer.Tests.Datasets;

/// <summary>Parquet by writers other than DuckDB, made by <c>tools/reference/parquet.mjs</c>, which also says what the files hold.</summary>
public sealed class ParquetWritersTests
{
    private static readonly string Folder = Path.Combine(Repository.Root, "tests", "Analyzer.Core.Tests", "Reference", "parquet");

    private static readonly JsonElement[] Json = [.. JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder, "parquet.json"))).RootElement.GetProperty("files").EnumerateArray()];

    public static TheoryData<string> Numbers => Named(f => f.TryGetProperty("inputs", out _));

    public static TheoryData<string> Images => Named(f => f.TryGetProperty("images", out _));

    public static TheoryData<string> Refused => Named(f => f.TryGetProperty("refused", out _));

    [Theory]
    [MemberData(nameof(Numbers))]
    public void Numbers_are_read_as_they_were_written(string file)
    {
        using var data = Dataset.Open(Path.Combine(Folder, file));
        var (split, wanted) = (data.Splits[0], Of(file));
        var inputs = wanted.GetProperty("inputs").EnumerateArray().ToArray();
        Assert.Equal(inputs.Select(i => inputs.Length == 1 ? null : i.GetProperty("name").GetString()), split.Inputs.Select(i => i.Name));
        foreach (var (input, expected) in split.Inputs.Zip(inputs))
        {
            Assert.Equal(expected.GetProperty("type").GetString(), input.ElementType.ToString());
            Assert.Equal(expected.GetProperty("shape").EnumerateArray().Select(d => d.GetInt64()), input.Shape);
            Assert.Equal(expected.GetProperty("values").EnumerateArray().Select(v => v.GetDouble()), Doubles(input));
        }
        Assert.Equal(Strings(wanted, "classes"), data.Classes);
        Assert.Equal(wanted.GetProperty("labels").EnumerateArray().Select(l => l.GetInt32()), split.Labels!);
        Assert.Equal(wanted.GetProperty("unreadable").EnumerateArray().Select(u => ($"{file}#{u[0].GetInt32()}", u[1].GetString()!)), split.Unreadable.Select(u => (u.Source, u.Reason)));
        Assert.Empty(data.Notes);
    }

    [Theory]
    [MemberData(nameof(Images))]
    public void Images_are_decoded_and_classes_have_the_names_in_the_metadata(string file)
    {
        using var data = Dataset.Open(Path.Combine(Folder, file));
        data.SetAside(null, 1, null, CancellationToken.None);
        var (split, wanted) = (data.Splits[0], Of(file));
        var pixels = Strings(wanted, "images")!.SelectMany(i => ImageFile.Decode(ImageReference.At(i), gray: false).Pixels!.Data);
        Assert.Equal([36L, 48, 3], split.Inputs[0].Shape);
        Assert.Equal(pixels, Refusal.ReadAll(split.Inputs[0]));
        Assert.Equal(wanted.GetProperty("labels").EnumerateArray().Select(l => l.GetInt32()), split.Labels!);
        Assert.Equal(Strings(wanted, "classes"), data.Classes);
        Assert.Equal(wanted.GetProperty("unreadable").EnumerateArray().Select(u => new UnreadableSample($"{file}#{u[0].GetInt32()}", u[1].GetInt32(), u[2].GetString()!)),
                     split.Unreadable.OrderBy(u => u.Source, StringComparer.Ordinal));
        Assert.Equal([$"the classes are the names of 2 classes in the metadata of `{file}`"], data.Notes);
    }

    [Theory]
    [MemberData(nameof(Refused))]
    public void What_the_engine_cannot_unpack_is_refused_by_its_name(string file)
    {
        var thrown = Assert.Throws<AnalyzerException>(() => Dataset.Open(Path.Combine(Folder, file)));
        Assert.Equal($"`{Path.Combine(Folder, file)}` cannot be read as Parquet: Unsupported compression codec \"{Of(file).GetProperty("refused").GetString()}\". Supported options are uncompressed, brotli, gzip, lz4_raw, snappy or zstd", thrown.Message);
        Assert.Equal(("write it again with one of those; zstd and snappy are known everywhere", Failure.BadInput), (thrown.Hint, thrown.Kind));
    }

    [Fact]
    public void The_files_are_those_that_were_described()
    {
        Assert.Equal(Json.Select(f => f.GetProperty("file").GetString()!).Order(StringComparer.Ordinal), Directory.GetFiles(Folder, "*.parquet").Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal));
        Assert.All(Json, f => Assert.Equal(f.GetProperty("sha256").GetString(), Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(Path.Combine(Folder, f.GetProperty("file").GetString()!))))));
    }

    private static TheoryData<string> Named(Func<JsonElement, bool> chosen) => [.. Json.Where(chosen).Select(f => f.GetProperty("file").GetString()!)];

    private static JsonElement Of(string file) => Json.Single(f => f.GetProperty("file").GetString() == file);

    private static string[]? Strings(JsonElement from, string key) =>
        from.GetProperty(key) is { ValueKind: JsonValueKind.Array } list ? [.. list.EnumerateArray().Select(s => s.GetString()!)] : null;

    private static double[] Doubles(SplitInput input)
    {
        var bytes = Refusal.ReadAll(input);
        return input.ElementType switch
        {
            ElementType.Float => [.. MemoryMarshal.Cast<byte, float>(bytes).ToArray().Select(v => (double)v)],
            ElementType.Int64 => [.. MemoryMarshal.Cast<byte, long>(bytes).ToArray().Select(v => (double)v)],
            ElementType.UInt8 => [.. bytes.Select(v => (double)v)],
            _ => MemoryMarshal.Cast<byte, double>(bytes).ToArray(),
        };
    }
}
