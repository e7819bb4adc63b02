using Analyzer.Datasets;

namespace Analyzer.Tests.Datasets;

public sealed class ImageFolderTests : IDisposable
{
    private readonly DataFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Classes_are_folders_in_ordinal_order_and_samples_come_in_rounds_of_classes()
    {
        foreach (var file in new[] { "train/dog/b.png", "train/dog/a.png", "train/dog/c.png", "train/Cat/1.png", "train/Cat/deep/2.png", "test/dog/x.png" }) Put(file);
        using var data = Dataset.Open(_folder.Path);
        Assert.Equal(["Cat", "dog"], data.Classes!);
        Assert.Equal(["test", "train"], data.Splits.Select(s => s.Name));
        Assert.Equal([1], data.Splits[0].Labels!);
        var train = data.Splits[1];
        Assert.Equal(["train/Cat/1.png", "train/dog/a.png", "train/Cat/deep/2.png", "train/dog/b.png", "train/dog/c.png"], Enumerable.Range(0, 5).Select(train.SourceOf));
        Assert.Equal([0, 1, 0, 1, 1], train.Labels!);
        Assert.Equal(6, data.Files.Count);
        Assert.Empty(data.Notes);
    }

    [Fact]
    public void Folders_of_classes_alone_are_one_split_and_images_alone_have_no_labels()
    {
        Put("dog/1.png");
        Put("cat/1.JPG", "baseline.jpg");
        using (var data = Dataset.Open(_folder.Path))
        {
            Assert.Equal(["all"], data.Splits.Select(s => s.Name));
            Assert.Equal([0, 1], data.Splits[0].Labels!);
            Assert.Equal(ImageFile.Decode(ImageReference.At("rgb.png"), gray: false).Pixels!.Data, Refusal.Read(data.Splits[0].Inputs[0], 1, 1));
        }
        using var plain = Dataset.Open(_folder.At("dog"));
        Assert.Null(plain.Splits[0].Labels);
        Assert.Null(plain.Classes);
    }

    [Fact]
    public void Folders_that_tools_leave_are_no_classes_and_empty_ones_are_named()
    {
        foreach (var file in new[] { "cat/1.png", "dog/1.png", ".ipynb_checkpoints/1.png", "__MACOSX/._1.png" }) Put(file);
        Directory.CreateDirectory(_folder.At("cow"));
        using var data = Dataset.Open(_folder.Path);
        Assert.Equal(["cat", "cow", "dog"], data.Classes!);
        Assert.Equal([0, 2], data.Splits[0].Labels!);
        Assert.Equal(["left out: 2 folders that are no class by their names: `.ipynb_checkpoints`, `__MACOSX`", "classes without an image, which count as classes all the same: `cow`"], data.Notes);
    }

    [Fact]
    public void Linked_images_are_images_and_linked_folders_below_a_class_are_not_entered()
    {
        Put("cat/deep/1.png");
        Put("dog/1.png");
        File.CreateSymbolicLink(_folder.At("cat/2.png"), _folder.At("dog/1.png"));
        Directory.CreateSymbolicLink(_folder.At("cat/loop"), _folder.Path);
        using var data = Dataset.Open(_folder.Path);
        Assert.Equal(["cat/2.png", "dog/1.png", "cat/deep/1.png"], Enumerable.Range(0, data.Splits[0].Samples).Select(data.Splits[0].SourceOf));
        Assert.Equal(["left out: 1 file that is no .png, .jpg or .jpeg: `cat/loop`"], data.Notes);
    }

    [Fact]
    public void Folders_named_after_splits_are_no_classes()
    {
        Put("train/1.png");
        Put("test/1.png");
        using var data = Dataset.Open(_folder.Path);
        Assert.Equal(["test", "train"], data.Splits.Select(s => s.Name));
        Assert.All(data.Splits, s => Assert.Null(s.Labels));
    }

    [Theory]
    [InlineData(new[] { 1L, 36, 48 }, "`preprocess: { color: gray }` in a `dataset.yaml` makes one channel of the three of an image file")]
    [InlineData(new[] { 3L, 224, 224 }, "bring images to the model's size with `preprocess: { resize: …, crop: … }` in a `dataset.yaml`")]
    public void Images_that_do_not_fit_a_model_come_with_the_step_that_makes_them(long[] input, string hint)
    {
        Put("cat/1.png");
        using var data = Dataset.Open(_folder.Path);
        var thrown = Assert.Throws<AnalyzerException>(() => new BatchAssembler(data.Splits[0].Inputs[0], "x", Analyzer.Models.ElementType.Float, [null, .. input.Select(d => (long?)d)], data.Preprocessing));
        Assert.Equal(hint, thrown.Hint);
    }

    [Fact]
    public void A_description_names_splits_and_the_order_of_classes()
    {
        Put("pictures/dog/1.png");
        Put("pictures/cat/1.png");
        Write("splits: { test: { inputs: pictures } }\nclasses: [dog, cat, bird]");
        using var data = Dataset.Open(_folder.Path);
        Assert.Equal(["dog", "cat", "bird"], data.Classes!);
        Assert.Equal([0, 1], data.Splits[0].Labels!);
        Assert.Equal("pictures/dog/1.png", data.Splits[0].SourceOf(0));
        Assert.Contains(_folder.At("dataset.yaml"), data.Files);
    }

    [Fact]
    public void Gray_has_one_channel_and_a_free_model_input_takes_the_resized_image()
    {
        Put("cat/1.png");
        Write("format: images\nsplits: { test: { inputs: . } }\npreprocess: { color: gray, resize: [10, 12] }");
        using var data = Dataset.Open(_folder.Path);
        Assert.Equal([10L, 12, 1], data.Splits[0].Inputs[0].Shape);
        var batch = new BatchAssembler(data.Splits[0].Inputs[0], "x", Analyzer.Models.ElementType.Float, [null, 1, 10, 12], data.Preprocessing).Assemble(0, 1);
        Assert.Equal([1L, 1, 10, 12], batch.Dims);
    }

    [Fact]
    public void Images_of_different_sizes_in_one_folder_come_to_one_size()
    {
        Put("cat/1.png");
        Put("cat/2.png", "one-pixel.png");
        Put("cat/3.png", "deep.png");
        Write("format: images\nsplits: { test: { inputs: . } }\npreprocess: { resize: 8, crop: 8 }");
        using var data = Dataset.Open(_folder.Path);
        data.SetAside(null, 0, null, CancellationToken.None);
        Assert.Equal(3 * 8 * 8 * 3, Refusal.ReadAll(data.Splits[0].Inputs[0]).Length);
        Assert.Equal([12, 200, 77], Refusal.Read(data.Splits[0].Inputs[0], 1, 1)[..3]);
    }

    [Fact]
    public void Unreadable_images_are_set_aside_and_the_rest_is_numbered_through()
    {
        foreach (var (name, source) in new[] { ("cat/1.png", "corrupt.png"), ("cat/2.png", "rgb.png"), ("cat/3.png", "empty.png"), ("dog/1.jpg", "truncated.jpg"), ("dog/2.png", "text.png"), ("dog/3.png", "alpha.png"), ("dog/4.png", "deep.png") })
            Put(name, source);
        using var data = Dataset.Open(_folder.Path);
        data.SetAside(null, 1, null, CancellationToken.None);
        var split = data.Splits[0];
        Assert.Equal(["cat/2.png", "dog/3.png"], Enumerable.Range(0, split.Samples).Select(split.SourceOf));
        Assert.Equal([0, 1], split.Labels!);
        Assert.Equal(
            [
                new("cat/1.png", 0, "the image is damaged"), new("dog/1.jpg", 1, "the image is cut short"), new("dog/2.png", 1, "no JPEG or PNG image"),
                new("cat/3.png", 0, "the file is empty, or a pipe or device"), new UnreadableSample("dog/4.png", 1, "12×16 pixels where the first image has 36×48; `resize` or `crop` brings all to one size"),
            ], split.Unreadable);
        Assert.Equal(7, data.Files.Count);

        using var again = Dataset.Open(_folder.Path);
        again.SetAside(split.Unreadable.Select(u => ("all", u.Source, u.Reason)));
        Assert.Equal(split.Labels, again.Splits[0].Labels);
        Assert.Equal(Refusal.ReadAll(split.Inputs[0]), Refusal.ReadAll(again.Splits[0].Inputs[0]));
    }

    [Fact]
    public void A_limit_ends_the_check_at_enough_sound_images()
    {
        foreach (var (name, source) in new[] { ("cat/1.png", "corrupt.png"), ("cat/2.png", "rgb.png"), ("cat/3.png", "rgb.png"), ("cat/4.png", "corrupt.png") }) Put(name, source);
        using var data = Dataset.Open(_folder.Path);
        data.SetAside(2, .4, null, CancellationToken.None);
        Assert.Equal(["cat/2.png", "cat/3.png"], Enumerable.Range(0, 2).Select(data.Splits[0].SourceOf));
        Assert.Single(data.Splits[0].Unreadable);
    }

    [Fact]
    public void Too_many_unreadable_images_are_refused_with_the_first_of_them()
    {
        foreach (var (name, source) in new[] { ("cat/1.png", "corrupt.png"), ("cat/2.png", "rgb.png"), ("cat/3.png", "empty.png"), ("cat/4.png", "empty.png"), ("cat/5.png", "empty.png") }) Put(name, source);
        using var data = Dataset.Open(_folder.Path);
        Refusal.Is($"4 of 5 samples of `{Path.GetFileName(_folder.Path)}` cannot be read, a share of 0.8; the limit is 0.5: `cat/1.png` (the image is damaged), `cat/3.png` (the file is empty, or a pipe or device), `cat/4.png` (the file is empty, or a pipe or device), …",
                   "mend or remove them, or raise `--max-unreadable`", _folder, () => data.SetAside(null, .5, null, CancellationToken.None));
    }

    [Fact]
    public void Where_no_image_can_be_read_the_first_says_why()
    {
        Put("cat/1.png", "text.png");
        using var data = Dataset.Open(_folder.Path);
        Refusal.Is("none of the 1 image in `{dir}` can be read; the first, `cat/1.png`: no JPEG or PNG image", "are they JPEG or PNG files?", _folder,
                   () => data.SetAside(null, 1, null, CancellationToken.None));
        Write("format: images\nsplits: { test: { inputs: . } }\npreprocess: { crop: 8 }");
        using var cropped = Dataset.Open(_folder.Path);
        Refusal.Is("no sample of the split `test` can be read: `cat/1.png` (no JPEG or PNG image)", "mend them, or leave the split out", _folder,
                   () => cropped.SetAside(null, 1, null, CancellationToken.None));
    }

    [Fact]
    public void An_image_smaller_than_the_crop_is_unreadable()
    {
        Put("cat/1.png");
        Put("cat/2.png", "one-pixel.png");
        Write("format: images\nsplits: { test: { inputs: . } }\npreprocess: { crop: 8 }");
        using var data = Dataset.Open(_folder.Path);
        data.SetAside(null, 1, null, CancellationToken.None);
        Assert.Equal("1×1 pixels before `crop`, which takes 8×8", Assert.Single(data.Splits[0].Unreadable).Reason);
    }

    [Fact]
    public void An_image_that_changes_after_the_check_is_refused()
    {
        Put("cat/1.png");
        using var data = Dataset.Open(_folder.Path);
        data.SetAside(null, 0, null, CancellationToken.None);
        Put("cat/1.png", "empty.png");
        Refusal.Is("`{dir}/cat/1.png` cannot be read: the file is empty, or a pipe or device", "did the file change while it was read?", _folder, () => Refusal.ReadAll(data.Splits[0].Inputs[0]));
    }

    [Fact]
    public void Files_that_are_no_images_are_named_in_a_note()
    {
        Put("cat/1.png");
        Put("cat/readme.txt", "text.png");
        Put("cat/b.webp", "text.png");
        using var data = Dataset.Open(_folder.Path);
        Assert.Equal(["left out: 2 files that are no .png, .jpg or .jpeg: `cat/b.webp`, `cat/readme.txt`"], data.Notes);
    }

    [Fact]
    public void Folders_that_do_not_say_what_is_what_are_refused()
    {
        Put("1.png");
        Refusal.OfOpening(_folder, "1.png", "`{dir}/1.png` is one image", "give the folder that holds the images, or the folders of their classes");
        Put("cat/1.png");
        Refusal.OfOpening(_folder, "", "`{dir}` holds images and folders of images beside each other",
                          "put every image into the folder of its class, or say in a `dataset.yaml` which folders are the splits");
        Write("format: images\nsplits: { test: { inputs: . } }");
        Refusal.OfOpening(_folder, "", "`{dir}/.` holds images beside the folders of its classes: `1.png`", "put every image into the folder of its class");
        Write("format: images\nsplits: { test: { inputs: . } }\nclasses: [car, dog]");
        Refusal.OfOpening(_folder, "", "the folder `cat` is none of the 2 classes; the nearest is `car`", "list it under `classes`, or move its images");
        Directory.CreateDirectory(_folder.At("none"));
        Write("format: images\nsplits: { test: { inputs: none } }");
        Refusal.OfOpening(_folder, "", "`{dir}/none` holds no .png, .jpg or .jpeg", "leave the split `test` out, or give the folder that holds the folders of its classes");
    }

    [Fact]
    public void The_fingerprint_covers_every_image_and_the_configuration()
    {
        Put("cat/1.png");
        Put("cat/2.png");
        string Print()
        {
            using var data = Dataset.Open(_folder.Path);
            return data.Fingerprint();
        }
        var before = Print();
        Put("cat/2.png", "gray.png");
        var changed = Print();
        _folder.Write("preprocessor_config.json", """{ "do_resize": false }""");
        Assert.Equal(3, new[] { before, changed, Print() }.Distinct().Count());
    }

    private void Put(string name, string source = "rgb.png") => _folder.Write(name, File.ReadAllBytes(ImageReference.At(source)));

    private void Write(string yaml) => _folder.Write("dataset.yaml", yaml);
}
