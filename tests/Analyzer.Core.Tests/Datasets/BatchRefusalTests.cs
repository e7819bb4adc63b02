using Analyzer.Datasets;
using Analyzer.Models;
using static Analyzer.Tests.Datasets.DataFolder;

namespace Analyzer.Tests.Datasets;

public sealed class BatchRefusalTests : IDisposable
{
    private const string Fits = "does this data belong to this model? store the samples in the shape that it takes";
    private const string Values = "is this the data, and the preprocessing, that the model was made for?";
    private readonly DataFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(new[] { 28, 28 }, "n,1,32,32", "a sample has the shape [28,28], 784 elements; the input takes [1,32,32] per sample, 1024 elements")]
    [InlineData(new[] { 784 }, "n,783", "a sample has the shape [784], 784 elements; the input takes [783] per sample, 783 elements")]
    [InlineData(new[] { 28, 28 }, "n,?,?,?", "a sample has the shape [28,28], 784 elements; the input takes [?,?,?] per sample")]
    [InlineData(new[] { 4 }, "n,0", "a sample has the shape [4], 4 elements; the input takes [0] per sample, 0 elements")]
    [InlineData(new[] { 4 }, "n,4294967296,4294967296", "a sample has the shape [4], 4 elements; the input takes [4294967296,4294967296] per sample")]
    public void A_sample_that_cannot_take_the_shape_of_the_input_is_refused(int[] stored, string wanted, string message) =>
        Is(message, Fits, Npy("|u1", [1, .. stored], new byte[stored.Aggregate(1, (a, b) => a * b)]), ElementType.Float, wanted,
           Preprocessing.None);

    [Fact]
    public void An_image_of_another_size_is_refused_with_the_step_that_mends_it() =>
        Is("a sample has the shape [32,32,3], 3072 elements; the input takes [3,16,64] per sample, 3072 elements",
           "bring images to the model's size with `preprocess: { resize: …, crop: … }` in a `dataset.yaml`",
           Npy("|u1", [1, 32, 32, 3], new byte[3072]), ElementType.Float, "n,3,16,64", Preprocessing.None);

    [Fact]
    public void A_layout_that_contradicts_the_input_is_refused() =>
        Is("`layout: NCHW`: a sample has the shape [3,5,5], 75 elements; the input takes [5,5,3] per sample, 75 elements", Fits,
           Npy("|u1", [1, 5, 5, 3], new byte[75]), ElementType.Float, "n,5,5,3", new Preprocessing { Layout = TensorLayout.Nchw });

    [Fact]
    public void A_layout_for_samples_that_do_not_show_their_channels_is_refused() =>
        Is("a sample of shape [4,4,4] does not show which axis its channels are",
           "store the samples in the layout that the model takes, and leave `layout` out",
           Npy("|u1", [1, 4, 4, 4], new byte[64]), ElementType.Float, "n,64", new Preprocessing { Layout = TensorLayout.Nchw });

    [Fact]
    public void Means_of_another_number_than_the_channels_are_refused() =>
        Is("`mean` has 3 values; rows of shape [1,28,28] have 1 known channel",
           "give one number, or one per channel; `layout` says where the channels are",
           Npy("|u1", [1, 28, 28], new byte[784]), ElementType.Float, "n,1,28,28", new Preprocessing { Mean = [1, 2, 3] });

    [Fact]
    public void Colours_of_samples_without_three_channels_are_refused()
    {
        Is("`color: BGR` needs samples of 3 channels; those of shape [28,28] do not show theirs",
           "leave `color` out, or store the samples as [height,width,3]",
           Npy("|u1", [1, 28, 28], new byte[784]), ElementType.Float, "n,784", new Preprocessing { Color = ColorOrder.Bgr });
        Is("`color: RGB` needs samples of 3 channels; those of shape [1,28,28] have 1",
           "leave `color` out, or store the samples as [height,width,3]",
           Npy("|u1", [1, 1, 28, 28], new byte[784]), ElementType.Float, "n,1,28,28", new Preprocessing { Color = ColorOrder.Rgb });
        Is("`color: gray` is not supported yet for samples of shape [5,5,3]", "store the samples in gray",
           Npy("|u1", [1, 5, 5, 3], new byte[75]), ElementType.Float, "n,5,5,3", new Preprocessing { Color = ColorOrder.Gray });
    }

    [Fact]
    public void Arithmetic_for_an_integer_input_is_refused() =>
        Is("`scale`, `mean` and `std` make fractions, but the model takes int64", "leave them out: such a model takes the stored numbers",
           Npy("|u1", [1, 2], [0, 0]), ElementType.Int64, "n,2", new Preprocessing { Scale = 2 });

    [Fact]
    public void A_dtype_other_than_the_models_is_refused() =>
        Is("`dtype` is float16, but the model takes float32", "leave `dtype` out: the model decides",
           Npy("|u1", [1, 2], [0, 0]), ElementType.Float, "n,2", new Preprocessing { Dtype = ElementType.Float16 });

    [Theory]
    [InlineData("<f4", 1.5, ElementType.Int64, "element 1 of sample 1 is 1.5, which is no int64")]
    [InlineData("<f4", 9223372036854775808.0, ElementType.Int64, "element 1 of sample 1 is 9.223372E+18, which is no int64")]
    [InlineData("<f8", -1.0, ElementType.UInt8, "element 1 of sample 1 is -1, which is no uint8")]
    [InlineData("<i8", 256.0, ElementType.UInt8, "element 1 of sample 1 is 256, which is no uint8")]
    [InlineData("<i8", -129.0, ElementType.Int8, "element 1 of sample 1 is -129, which is no int8")]
    [InlineData("<i8", 2.0, ElementType.Bool, "element 1 of sample 1 is 2, which is no bool")]
    [InlineData("<f8", 1e39, ElementType.Float, "element 1 of sample 1 is Infinity, which is no float32")]
    [InlineData("<f4", 65520.0, ElementType.Float16, "element 1 of sample 1 is 65520, which is no float16")]
    [InlineData("<i8", 70000.0, ElementType.Float16, "element 1 of sample 1 is 70000, which is no float16")]
    public void A_value_that_the_models_type_does_not_have_is_refused(string descr, double value, ElementType type, string message)
    {
        var elements = descr switch
        {
            "<f4" => Bytes(0f, 0f, 0f, (float)value),
            "<f8" => Bytes(0.0, 0, 0, value),
            _ => Bytes(0L, 0, 0, (long)value),
        };
        Is(message, Values, Npy(descr, [2, 2], elements), type, "n,2", Preprocessing.None);
    }

    [Fact]
    public void A_value_that_preprocessing_makes_infinite_is_refused() =>
        Is("element 0 of sample 1 is -Infinity, which is no float32", Values, Npy("<f4", [2, 1], Bytes(1f, -1e30f)), ElementType.Float,
           "n,1",
           new Preprocessing { Scale = 1e10 });

    [Fact]
    public void The_nearest_values_that_fit_are_converted()
    {
        Assert.Equal(Bytes((Half)65504), Assemble(Npy("<f4", [1, 1], Bytes(65519.9f)), ElementType.Float16, "n,1", Preprocessing.None));
        Assert.Equal(Bytes(9223371487098961920L), Assemble(Npy("<f4", [1, 1], Bytes(9223371487098961920f)), ElementType.Int64, "n,1",
                                                           Preprocessing.None));
        Assert.Equal(Bytes<byte>(0, 255), Assemble(Npy("<f8", [1, 2], Bytes(-0.0, 255.0)), ElementType.UInt8, "n,2", Preprocessing.None));
        Assert.Equal(Bytes<byte>(1, 0), Assemble(Npy("<f8", [1, 2], Bytes(1.0, 0.0)), ElementType.Bool, "n,2", Preprocessing.None));
    }

    [Theory]
    [InlineData(ElementType.String, "string")]
    [InlineData(ElementType.BFloat16, "bfloat16")]
    [InlineData(ElementType.Undefined, "undefined")]
    public void An_input_of_a_type_that_no_data_has_is_refused(ElementType type, string name) =>
        Refusal.Is($"the model's input `x` takes {name}, which no data can be converted to",
                   "inputs can take float32, float64, float16, uint8, uint16, uint32, uint64, int8, int16, int32, int64, bool", _folder,
                   () => Assemble(Npy("|u1", [1], [0]), type, "n", Preprocessing.None));

    [Fact]
    public void An_input_without_a_batch_axis_is_refused() =>
        Refusal.Is("the model's input `x` of shape [0,4] has no batch axis", "the first axis of an input must count its rows", _folder,
                   () => Assemble(Npy("|u1", [1, 4], new byte[4]), ElementType.Float, "0,4", Preprocessing.None));

    [Fact]
    public void Preprocessing_that_cannot_be_applied_cannot_exist()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new Preprocessing { Scale = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new Preprocessing { Scale = double.NaN });
        Assert.Throws<ArgumentOutOfRangeException>(() => new Preprocessing { Mean = [double.PositiveInfinity] });
        Assert.Throws<ArgumentOutOfRangeException>(() => new Preprocessing { Std = [0] });
        Assert.Throws<ArgumentOutOfRangeException>(() => new Preprocessing { Std = [-1] });
    }

    private void Is(string message, string hint, byte[] npy, ElementType type, string wanted, Preprocessing preprocessing) =>
        Refusal.Is($"`{{dir}}/inputs.npy` for the model's input `x`: {message}", hint, _folder,
                   () => Assemble(npy, type, wanted, preprocessing));

    private byte[] Assemble(byte[] npy, ElementType type, string wanted, Preprocessing preprocessing)
    {
        using var data = Dataset.Open(_folder.Write("inputs.npy", npy));
        var dims = wanted.Split(',').Select(d => d is "?" or "n" ? null : (long?)long.Parse(d)).ToArray();
        return new BatchAssembler(data.Splits[0].Inputs[0], "x", type, dims, preprocessing).Assemble(0, data.Splits[0].Samples).Data.ToArray();
    }
}
