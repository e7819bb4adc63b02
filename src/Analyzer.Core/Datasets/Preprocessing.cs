using Analyzer.Models;

namespace Analyzer.Datasets;

/// <summary>Where the channels of an image are.</summary>
public enum TensorLayout
{
    /// <summary>[channels, height, width] in every sample.</summary>
    Nchw,
    /// <summary>[height, width, channels] in every sample.</summary>
    Nhwc,
    /// <summary>The elements in the order they are stored.</summary>
    Flat,
}

/// <summary>The order of colour channels that a model takes.</summary>
public enum ColorOrder
{
    /// <summary>Red first, as colour images are taken to be stored.</summary>
    Rgb,
    /// <summary>Blue first.</summary>
    Bgr,
    /// <summary>One channel.</summary>
    Gray,
}

/// <summary>Where a centre crop begins when the pixels to spare are odd.</summary>
public enum CropOffset
{
    /// <summary>At half of them, rounded to the even neighbour: torchvision.</summary>
    HalfToEven,
    /// <summary>At half of them, rounded down: Hugging Face's image processors.</summary>
    Down,
}

/// <summary>What is done to a stored sample before the model sees it, in this order: colour, resize, crop, scale, mean, std, layout.</summary>
/// <remarks>
/// The arithmetic is (x·scale − mean)/std in float32, each step rounded, as NumPy computes it on a float32 array; in float64 where the
/// model's input is float64. A step that is not given is not computed.
/// </remarks>
public sealed record Preprocessing
{
    /// <summary>The largest height or width an image can be brought to: 16384.</summary>
    public const int LargestSide = 1 << 14;

    /// <summary>Nothing is done but conversion to the element type and the shape of the model's input.</summary>
    public static Preprocessing None { get; } = new();

    /// <summary>Order of the colour channels the model takes; stored ones are red, green, blue. Default: as stored.</summary>
    public ColorOrder? Color { get; init; }

    /// <summary>Pixels: [shorter side] or [height, width], each in [1, <see cref="LargestSide"/>]. Default: empty, images keep their size.</summary>
    public IReadOnlyList<int> Resize { get; init => field = Sides(value, nameof(Resize), 2); } = [];

    /// <summary>How to resize. Default: bilinear with antialias, as torchvision and Pillow do.</summary>
    public Resampling Resampling { get; init; } = Resampling.Bilinear;

    /// <summary>Pixels [height, width] of the centre that is kept. Default: empty, nothing is cut off.</summary>
    public IReadOnlyList<int> Crop { get; init => field = Sides(value, nameof(Crop), 2); } = [];

    /// <summary>Where the crop begins. Default: as torchvision's CenterCrop.</summary>
    public CropOffset CropOffset { get; init; } = CropOffset.HalfToEven;

    /// <summary>True if pixels move: images are resized or cropped.</summary>
    public bool IsGeometric => Resize.Count > 0 || Crop.Count > 0;

    /// <summary>Factor for every element, finite, not 0. Default: none.</summary>
    public double? Scale { get; init => field = NotZero(value, nameof(Scale)); }

    /// <summary>Subtracted after scaling: one finite number, or one per channel. Default: empty, nothing is subtracted.</summary>
    public IReadOnlyList<double> Mean { get; init => field = Finite(value, nameof(Mean)); } = [];

    /// <summary>Divisor after the subtraction: a positive finite number, or one per channel. Default: empty, nothing is divided.</summary>
    public IReadOnlyList<double> Std { get; init => field = Finite(value, nameof(Std), above: 0); } = [];

    /// <summary>Where the model wants the channels. Default: the shape of the model's input decides.</summary>
    public TensorLayout? Layout { get; init; }

    /// <summary>The element type the model is expected to take; another one is an error. Default: the model decides.</summary>
    public ElementType? Dtype { get; init; }

    /// <summary>True if elements are computed with, not only moved and converted.</summary>
    public bool IsArithmetic => Scale is not null || Mean.Count > 0 || Std.Count > 0;

    private static IReadOnlyList<int> Sides(IReadOnlyList<int> values, string name, int most) =>
        values.Count <= most && values.All(v => v is >= 1 and <= LargestSide)
            ? values
            : throw new ArgumentOutOfRangeException(name, string.Join(", ", values), $"must be at most {most} numbers from 1 to {LargestSide}");

    private static double? NotZero(double? value, string name) => value is null || (value != 0 && double.IsFinite(value.Value))
        ? value
        : throw new ArgumentOutOfRangeException(name, value, "must be finite and not 0");

    private static IReadOnlyList<double> Finite(IReadOnlyList<double> values, string name, double above = double.NegativeInfinity) =>
        values.All(v => double.IsFinite(v) && v > above)
            ? values
            : throw new ArgumentOutOfRangeException(name, string.Join(", ", values), $"must be finite and above {above}");
}
