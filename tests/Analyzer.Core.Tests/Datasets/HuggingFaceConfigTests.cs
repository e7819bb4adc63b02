using Analyzer.Datasets;
using Analyzer.Models;

namespace Analyzer.Tests.Datasets;

public sealed class HuggingFaceConfigTests : IDisposable
{
    private readonly DataFolder _folder = new();

    public HuggingFaceConfigTests() => _folder.Write("cat/1.png", File.ReadAllBytes(ImageReference.At("rgb.png")));

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_configuration_of_a_vision_transformer_is_read()
    {
        // google/vit-base-patch16-224, as it stands there.
        var (p, note) = Read("""
            { "do_normalize": true, "do_rescale": true, "do_resize": true, "image_mean": [0.5, 0.5, 0.5], "image_processor_type": "ViTImageProcessor",
              "image_std": [0.5, 0.5, 0.5], "resample": 2, "rescale_factor": 0.00392156862745098, "size": { "height": 224, "width": 224 } }
            """);
        Assert.Equal([224, 224], p.Resize);
        Assert.Empty(p.Crop);
        Assert.Equal((Resampling.Bilinear, 0.00392156862745098), (p.Resampling, p.Scale));
        Assert.Equal([.5, .5, .5], p.Mean);
        Assert.Equal([.5, .5, .5], p.Std);
        Assert.Equal("preprocessing is that of `preprocessor_config.json`: resize 224×224 (bilinear), rescale, normalise", note);
    }

    [Fact]
    public void Shorter_side_crop_and_unread_keys_are_told()
    {
        var (p, note) = Read("""
            { "crop_size": { "height": 224, "width": 200 }, "do_center_crop": true, "do_convert_rgb": true, "do_normalize": false, "do_rescale": false,
              "resample": 3, "size": { "shortest_edge": 256 }, "processor_class": "X", "do_pad": false, "crop_pct": null }
            """);
        Assert.Equal([256], p.Resize);
        Assert.Equal([224, 200], p.Crop);
        Assert.Equal((Resampling.Bicubic, CropOffset.Down, null), (p.Resampling, p.CropOffset, p.Scale));
        Assert.Equal("preprocessing is that of `preprocessor_config.json`: shorter side 256 (bicubic), crop 224×200; not read: `do_convert_rgb`, `processor_class`, `do_pad`, `crop_pct`", note);
    }

    [Theory]
    [InlineData("ViTFeatureExtractor", new[] { 30, 30 })]
    [InlineData("CLIPImageProcessor", new[] { 30 })]
    public void A_whole_number_as_size_is_what_the_processor_takes_it_for(string processor, int[] resize)
    {
        var (p, _) = Read($$"""{ "size": 30, "resample": 0, "image_processor_type": "{{processor}}" }""");
        Assert.Equal(resize, p.Resize);
        Assert.Equal((Resampling.Nearest, 1.0 / 255), (p.Resampling, p.Scale));
    }

    [Theory]
    [InlineData("""{ "do_pad": true }""", "`do_pad: true` changes pixels and is not done here", "prepare the images before, or write the `preprocess` of a `dataset.yaml` that comes near")]
    [InlineData("""{ "crop_pct": 0.875 }""", "`crop_pct: 0.875` changes pixels and is not done here", "prepare the images before, or write the `preprocess` of a `dataset.yaml` that comes near")]
    [InlineData("""{ "do_resize": "yes" }""", "`do_resize: \"yes\"` is neither true nor false", "write `true` or `false`")]
    [InlineData("""{ "size": 30, "resample": 2, "image_processor_type": "Mine" }""", "`size: 30` is a square for some image processors and the shorter side for others, and `Mine` is not known", "write `{\"height\": 30, \"width\": 30}` or `{\"shortest_edge\": 30}`")]
    [InlineData("""{ "size": { "longest_edge": 30 }, "resample": 2 }""", "`size: { \"longest_edge\": 30 }` is no size that is known here", "write `{\"height\": 224, \"width\": 224}` or `{\"shortest_edge\": 224}`")]
    [InlineData("""{ "size": { "shortest_edge": 0 }, "resample": 2 }""", "`size: 0` is no whole number from 1 to 16384", "write pixels")]
    [InlineData("""{ "size": { "shortest_edge": 30 }, "resample": 1 }""", "`resample: 1` is no filter that is known here", "known are 0 (nearest), 2 (bilinear) and 3 (bicubic)")]
    [InlineData("""{ "do_center_crop": true, "crop_size": [1, 2] }""", "`crop_size: [1, 2]` is no size that is known here", "write `{\"height\": 224, \"width\": 224}`")]
    [InlineData("""{ "do_rescale": true, "rescale_factor": 0 }""", "`rescale_factor: 0` is no number, not 0", "write a number, or a list of one per channel")]
    [InlineData("""{ "do_normalize": true, "image_mean": [0], "image_std": [0] }""", "`image_std: 0` is no number, above 0", "write a number, or a list of one per channel")]
    public void A_step_that_cannot_be_done_is_refused_by_its_name(string json, string message, string hint) => Refused(json, $": {message}", hint);

    [Theory]
    [InlineData("""{ "do_resize": true }""", " has `do_resize` but no `size`", "add it: `\"size\": {\"height\": 224, \"width\": 224}`")]
    [InlineData("""{ "size": { "shortest_edge": 3 } }""", " has `do_resize` but no `resample`", "add it: 0 (nearest), 2 (bilinear) or 3 (bicubic)")]
    [InlineData("""{ "do_center_crop": true }""", " has `do_center_crop` but no `crop_size`", "add it: `\"crop_size\": {\"height\": 224, \"width\": 224}`")]
    [InlineData("""{ "do_normalize": true }""", " has `do_normalize` but no `image_mean`", "add it, one number per channel")]
    [InlineData("[1]", " is no object of keys and values", "is it an image processor's configuration?")]
    [InlineData("""{ "\ud83d": 1 }""", " holds text that is no Unicode", "fetch or write it again")]
    [InlineData("{\n]", " line 2 is no JSON", "fetch or write it again")]
    public void A_configuration_that_lacks_something_is_refused(string json, string message, string hint) => Refused(json, message, hint);

    [Fact]
    public void The_file_beside_the_images_counts_unless_a_description_says_otherwise()
    {
        _folder.Write("preprocessor_config.json", """{ "do_resize": true, "size": { "height": 8, "width": 9 }, "resample": 2 }""");
        using (var data = Dataset.Open(_folder.Path))
        {
            Assert.Equal([8L, 9, 3], data.Splits[0].Inputs[0].Shape);
            Assert.Equal("preprocessing is that of `preprocessor_config.json`: resize 8×9 (bilinear), rescale", Assert.Single(data.Notes));
        }
        _folder.Write("dataset.yaml", "splits: { test: { inputs: . } }\npreprocess: { crop: 5 }");
        using (var data = Dataset.Open(_folder.Path))
        {
            Assert.Equal([5L, 5, 3], data.Splits[0].Inputs[0].Shape);
            Assert.Empty(data.Notes);
        }
        _folder.Write("dataset.yaml", "splits: { test: { inputs: . } }\npreprocess: preprocessor_config.json");
        using (var data = Dataset.Open(_folder.Path))
        {
            Assert.Equal([8L, 9, 3], data.Splits[0].Inputs[0].Shape);
            Assert.Contains(_folder.At("preprocessor_config.json"), data.Files);
        }
    }

    // Three spare pixels: Hugging Face begins at the first, torchvision at the second.
    [Theory]
    [InlineData("""{ "do_rescale": false, "do_center_crop": true, "crop_size": { "height": 33, "width": 48 } }""", 1)]
    [InlineData(null, 2)]
    public void A_crop_with_odd_spare_pixels_begins_where_each_library_begins(string? json, int top)
    {
        if (json is not null) _folder.Write("preprocessor_config.json", json);
        else _folder.Write("dataset.yaml", "splits: { test: { inputs: . } }\npreprocess: { crop: [33, 48] }");
        using var data = Dataset.Open(_folder.Path);
        var whole = ImageFile.Decode(ImageReference.At("rgb.png"), gray: false).Pixels!.Data;
        Assert.Equal(whole[(top * 48 * 3)..((top + 33) * 48 * 3)], Refusal.Read(data.Splits[0].Inputs[0], 0, 1));
    }

    private (Preprocessing, string) Read(string json) => HuggingFaceConfig.Read(_folder.Write("preprocessor_config.json", json));

    private void Refused(string json, string message, string hint)
    {
        _folder.Write("preprocessor_config.json", json);
        Refusal.Is($"`{{dir}}/preprocessor_config.json`{message}", hint, _folder, () => HuggingFaceConfig.Read(_folder.At("preprocessor_config.json")));
    }
}
