using Analyzer.Datasets;

namespace Analyzer.Tests.Datasets;

/// <summary>Compares whole messages; `{dir}` stands for the test's folder.</summary>
internal static class Refusal
{
    public static void Is(string message, string hint, DataFolder folder, Action act)
    {
        var thrown = Assert.Throws<AnalyzerException>(act);
        Assert.Equal(message, thrown.Message.Replace(folder.Path, "{dir}", StringComparison.Ordinal));
        Assert.Equal(hint, thrown.Hint.Replace(folder.Path, "{dir}", StringComparison.Ordinal));
        Assert.Equal(Failure.BadInput, thrown.Kind);
    }

    public static void OfOpening(DataFolder folder, string name, string message, string hint) =>
        Is(message, hint, folder, () => Dataset.Open(name == "" ? folder.Path : folder.At(name)).Dispose());

    public static byte[] Read(SplitInput input, int first, int count)
    {
        var bytes = new byte[count * input.SampleBytes];
        input.Read(first, count, bytes);
        return bytes;
    }

    public static byte[] ReadAll(SplitInput input) => Read(input, 0, input.Samples);
}
