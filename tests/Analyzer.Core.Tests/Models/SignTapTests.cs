using Analyzer.Inference;
using Analyzer.Models;

namespace Analyzer.Tests.Models;

/// <summary>Sign bits that a graph packs, and those that are packed behind it.</summary>
public sealed class SignTapTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_double_too_small_for_single_precision_still_sets_its_bit()
    {
        var proto = Tiny.Model(13, [Tiny.Value("x", ElementType.Double, "n", 3)], ["y"], Tiny.Node("Identity", "x", "h"),
            Tiny.Node("Neg", "h", "y"));
        proto.Graph.Output[0] = Tiny.Value("y", ElementType.Double);
        var model = _folder.Typed(proto);
        var patch = new ModelPatch(model);
        var sign = patch.AddTap(model.Tensor("h"), Reducer.Sign, TensorShape.Of(-1, 3));

        var found = Engine.Run(patch.Apply(), ("x", Values.Double([1e-300, 0, -1e-300], 1, 3)));

        Assert.Equal([0b1000_0000], found[sign.OutputName].Bytes);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(9)]
    [InlineData(16)]
    [InlineData(1001)]
    public void Bits_of_any_number_are_packed_as_numpy_packs_them(int bits)
    {
        foreach (var opset in new long[] { 7, 13, 21 })
        {
            var model = _folder.Typed(Tiny.Model(opset, [Tiny.Value("x", ElementType.Float, "n", bits)], ["y"], Tiny.Node("Identity", "x", "h"),
                Tiny.Node("Neg", "h", "y")));
            var patch = new ModelPatch(model);
            var sign = patch.AddTap(model.Tensor("h"), Reducer.Sign, TensorShape.Of(-1, bits), threshold: 0.25);
            var numbers = Tiny.Numbers(5 * bits);
            numbers[0] = float.NaN;
            numbers[^1] = 0.25f;

            var found = Engine.Run(patch.Apply(), ("x", Values.Of(numbers, 5, bits)))[sign.OutputName];

            Assert.Equal((ElementType.UInt8, bits), (found.Type, sign.Units));
            Assert.Equal([5L, (bits + 7) / 8], found.Shape);
            Assert.Equal(PlainReducers.Sign([.. numbers], 5, 0.25), found.Bytes);
            // On a CPU the floats come out as they are, and are packed behind the graph.
            var bare = new ModelPatch(model, packs: false);
            var raw = bare.AddTap(model.Tensor("h"), Reducer.Sign, TensorShape.Of(-1, bits), threshold: 0.25);
            Assert.Equal((ElementType.Float, bits), (raw.Type, raw.Units));
            var floats = Engine.Run(bare.Apply(), ("x", Values.Of(numbers, 5, bits)))[raw.OutputName];
            var packed = new byte[5 * ((bits + 7) / 8)];
            for (var row = 0; row < 5; row++) Analyzer.Extraction.SignPacking.Pack(floats.Floats.AsSpan(row * bits, bits), 0.25f, packed.AsSpan(row * packed.Length / 5, packed.Length / 5));
            Assert.Equal(found.Bytes, packed);
        }
    }
}
