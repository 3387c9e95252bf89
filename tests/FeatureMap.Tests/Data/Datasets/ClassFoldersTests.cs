using FeatureMap.Data;
using Xunit;

namespace FeatureMap.Tests.Data;

public sealed class ClassFoldersTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("folder")]
    [InlineData("zip")]
    [InlineData("tar")]
    [InlineData("tar.gz")]
    public void Parts_classes_and_images_are_the_same_from_a_folder_and_from_every_archive(string kind)
    {
        var path = kind switch
        {
            "folder" => ClassFolder.Write(folder, "pets", ClassFolder.Files()),
            "zip" => folder.Write("pets.zip", Trees.Zip(ClassFolder.Files())),
            "tar" => folder.Write("pets.tar", Trees.Tar(ClassFolder.Files())),
            _ => folder.Write("pets.tar.gz", Trees.Tar(ClassFolder.Files(), zipped: true)),
        };
        var data = Load(path);
        Assert.Equal((Path.GetFileName(path), path, null), (data.Name, data.Source, data.Notice));
        Assert.Equal(new Shape(3, 3, 4), data.ImageShape);
        Assert.Equal(["cat", "dog"], data.Training.ClassNames);
        // The classes take turns: cat 1, dog 1, cat 2, dog 2, cat 3.
        Assert.Equal([(0, 0), (100, 1), (10, 0), (110, 1), (20, 0)], Values(data.Training));
        Assert.Equal([(50, 0), (150, 1)], Values(data.Validation));
        Assert.Equal("pets" + (kind == "folder" ? "" : "." + kind) + " training", data.Training.Name);
    }

    [Theory]
    [InlineData("train", "validation")]
    [InlineData("Train", "VAL")]
    [InlineData("training", "valid")]
    [InlineData("train", "testing")]
    public void The_parts_go_by_several_names(string first, string second)
    {
        var files = ClassFolder.Files().Select(file => (
            file.Path.Replace("train/", first + "/", StringComparison.Ordinal).Replace("test/", second + "/", StringComparison.Ordinal), file.Content));
        var data = Load(folder.Write("a.zip", Trees.Zip(files)));
        Assert.Equal((5, 2, null), (data.Training.Count, data.Validation.Count, data.Notice));
    }

    [Fact]
    public void Of_test_and_val_the_latter_is_used_and_the_notice_says_so()
    {
        var files = ClassFolder.Files().Concat([("val/cat/1.png", ClassFolder.Picture(77)), ("val/dog/1.png", ClassFolder.Picture(177)), ("extra/1.png", ClassFolder.Picture(1))]);
        var data = Load(folder.Write("a.zip", Trees.Zip(files)));
        Assert.Equal([(77, 0), (177, 1)], Values(data.Validation));
        Assert.Equal("val/ is used for validation; test/ is not used. 1 images in extra/ belong to no part and are left out.", data.Notice);
    }

    [Fact]
    public void One_part_is_split_class_by_class_and_the_seed_chooses()
    {
        var path = folder.Write("a.zip", Trees.Zip(ClassFolder.OnePart(10, "a", "b")));
        var data = Load(path);
        Assert.Equal((16, 4), (data.Training.Count, data.Validation.Count));
        Assert.Equal([2, 2], data.Validation.CountPerClass());
        Assert.Equal("a.zip has no part for validation, so 4 of its 20 images (20 % of each class, chosen by the split seed 0) are kept apart for it.", data.Notice);
        Assert.Equal(Values(data.Validation), Values(Load(path).Validation));
        var other = Load(path, new() { ValidationFraction = 0.5, SplitSeed = 3 });
        Assert.Equal([5, 5], other.Validation.CountPerClass());
        Assert.NotEqual(Values(other.Validation), Values(Load(path, new() { ValidationFraction = 0.5, SplitSeed = 4 }).Validation));
        Assert.Equal(Enumerable.Range(0, 10).SelectMany(k => new[] { (k, 0), (100 + k, 1) }).Order(), Values(other.Training).Concat(Values(other.Validation)).Order());
    }

    [Fact]
    public void A_folder_around_all_folders_in_classes_and_a_class_called_train_are_understood()
    {
        var nested = Load(folder.Write("a.zip", Trees.Zip([.. ClassFolder.OnePart(2, "cat/old/er", "dog").Select(file => ("photos/of/" + file.Path, file.Content))])));
        Assert.Equal(["cat", "dog"], nested.Training.ClassNames);
        Assert.Equal(4, nested.Training.Count + nested.Validation.Count);
        var vehicles = Load(folder.Write("b.zip", Trees.Zip(ClassFolder.OnePart(2, "car", "train"))));
        Assert.Equal(["car", "train"], vehicles.Training.ClassNames);
        var half = Load(folder.Write("c.zip", Trees.Zip([.. ClassFolder.OnePart(4, "train/a", "train/b")])));
        Assert.Equal(["a", "b"], half.Training.ClassNames);
        Assert.Equal([1, 1], Load(folder["c.zip"], new() { ValidationFraction = 0.25 }).Validation.CountPerClass());
    }

    [Fact]
    public void What_systems_leave_behind_is_neither_class_nor_image()
    {
        (string Path, byte[] Content)[] files =
        [
            .. ClassFolder.OnePart(3, "photos/cat", "photos/dog"), ("photos/__MACOSX/cat/._1.png", [1]), ("photos/cat/@eaDir/1.png/SYNOPHOTO_THUMB_M.jpg", ClassFolder.Picture(9)),
            ("photos/cat/Thumbs.db", [1]), ("photos/@eaDir/x.png", ClassFolder.Picture(9)),
        ];
        foreach (var path in new[] { ClassFolder.Write(folder, "nas", files), folder.Write("nas.zip", Trees.Zip(files)) })
        {
            var data = Load(path);
            Assert.Equal(["cat", "dog"], data.Training.ClassNames);
            Assert.Equal([3, 3], data.Training.CountPerClass().Zip(data.Validation.CountPerClass(), (one, other) => one + other));
        }
    }

    [Fact]
    public void A_class_is_the_same_however_its_accents_are_written()
    {
        (string Path, byte[] Content)[] files = [.. ClassFolder.OnePart(2, "train/bar", "train/caf\u00E9"), .. ClassFolder.OnePart(1, "test/bar", "test/cafe\u0301")];
        foreach (var path in new[] { ClassFolder.Write(folder, "nfd", files), folder.Write("nfd.zip", Trees.Zip(files)), folder.Write("nfd.tar", Trees.Tar(files)) })
        {
            var data = Load(path);
            Assert.Equal(["bar", "caf\u00E9"], data.Training.ClassNames);
            Assert.Equal([2, 2, 1, 1], [.. data.Training.CountPerClass(), .. data.Validation.CountPerClass()]);
            Assert.Null(data.Notice);
        }
    }

    [Fact]
    public void Windows_class_folders_stay_three_classes()
    {
        RawZip.Entry Image(string name, byte value) => RawZip.Entry.Of(name, ClassFolder.Picture(value));
        var data = Load(folder.Write("win.zip", RawZip.Write([Image("B\x84r/0.png", 1), Image("B\x84r/1.png", 2), Image("B\x94r/0.png", 3), Image("B\x94r/1.png", 4), Image("Hund/0.png", 5), Image("Hund/1.png", 6)])),
            new() { ValidationFraction = 0.5 });
        Assert.Equal(["B\u00E4r", "B\u00F6r", "Hund"], data.Training.ClassNames);
        Assert.StartsWith("The names of 4 entries of the zip archive are not UTF-8; they were read as code page 437, such as "
            + "'B\u00E4r/0.png'. ", data.Notice, StringComparison.Ordinal);
    }

    [Fact]
    public void Classes_that_differ_in_case_are_two_and_that_is_said()
    {
        var data = Load(folder.Write("a.zip", Trees.Zip([.. ClassFolder.OnePart(1, "train/Cat", "train/cat"), .. ClassFolder.OnePart(1, "test/Cat", "test/cat")])));
        Assert.Equal(["Cat", "cat"], data.Training.ClassNames);
        Assert.Equal("The class folders Cat and cat differ only in upper and lower case; they are 2 classes.", data.Notice);
    }

    [Fact]
    public void Classes_without_images_to_judge_by_are_named()
    {
        var given = Load(folder.Write("a.zip", Trees.Zip([.. ClassFolder.Files(), ("train/owl/1.png", ClassFolder.Picture(9))])));
        Assert.Equal("1 of 3 classes has no images for validation, so nothing is known of how well it is learnt: owl (1 image to "
            + "learn from).", given.Notice);
        var split = Load(folder.Write("b.zip", Trees.Zip([.. ClassFolder.OnePart(8, "a"), .. ClassFolder.OnePart(1, "b", "c")])));
        Assert.Equal([6, 1, 1, 2, 0, 0], [.. split.Training.CountPerClass(), .. split.Validation.CountPerClass()]);
        Assert.EndsWith("2 of 3 classes have no images for validation, so nothing is known of how well they are learnt: b (1 image to "
            + "learn from), c (1 image to learn from).", split.Notice, StringComparison.Ordinal);
        Assert.Equal("single.zip cannot be split: each of its 10 classes has one image at most, and no class can lose its only one. Add "
            + "images, two of a class at least, or give images to judge by of their own.",
            Assert.Throws<DataException>(() => Load(folder.Write("single.zip", Trees.Zip(ClassFolder.OnePart(1, [.. "abcdefghij".Select(letter => $"{letter}")]))))).Message);
    }

    [Fact]
    public void Images_know_their_files_also_in_parts_and_when_some_are_left_out()
    {
        var path = ClassFolder.Write(folder, "pets", [.. ClassFolder.Files(), ("train/cat/0.png", [1, 2, 3])]);
        var data = Load(path, new() { Unreadable = UnreadableImages.Skip });
        Assert.Equal(["train/dog/1.png", "train/cat/1.png", "train/dog/2.png", "train/cat/2.png", "train/cat/3.png"], Enumerable.Range(0, 5).Select(data.Training.FileOf));
        Assert.Equal(["train/cat/2.png", "train/dog/1.png"], [data.Training.Subset([4, 3, 0]).Subset([1]).FileOf(0), data.Training.Take(1).FileOf(0)]);
        Assert.Equal("test/dog/9.png", data.Validation.Tiles(3, 2).FileOf(2));
        Assert.Null(Datasets.Digits().Training.FileOf(0));
        Assert.Equal("digits training, image 3", Datasets.Digits().Training.NameOf(3));
    }

    [Fact]
    public void Names_are_in_ordinal_order()
    {
        var data = Load(folder.Write("a.zip", Trees.Zip(ClassFolder.OnePart(2, "b", "B", "ä", "10", "9"))));
        Assert.Equal(["10", "9", "B", "b", "ä"], data.Training.ClassNames);
    }

    [Fact]
    public void Layouts_that_make_no_data_set_say_what_was_expected()
    {
        Says("there are no images in it (PNG, JPEG or BMP; 1 other files, such as a.txt). Expected one folder for each class, such as "
            + "cat/1.png and dog/1.png, or train/cat/1.png and test/cat/2.png.",
            ("a.txt", [1]));
        Says("a data set needs at least two class folders; in the top folder there is only cat. One class cannot be told from another: "
            + "give the folder that holds all of them.", ClassFolder.OnePart(2, "cat"));
        Says("a data set needs at least two class folders, and in the top folder there is none: its 1 images, such as 1.png, lie directly "
            + "in it. Expected one folder for each class, such as cat/1.png and dog/1.png; or a CSV file with the columns file and "
            + "label.", ("1.png", [1]));
        Says("there is test/, but no train/ to learn from. Expected train/ and test/ with a folder for each class in both.", ClassFolder.OnePart(2, "test/cat", "test/dog"));
        Says("the class folder test/wolf has no counterpart in train/, so nothing can be learnt about it. Known: cat, dog. Both parts must have the same classes.",
            [.. ClassFolder.Files(), ("test/wolf/1.png", ClassFolder.Picture(1))]);
        Says("the class folder bird has no images (PNG, JPEG or BMP); it is empty. Add images or remove the folder.", [.. ClassFolder.OnePart(2, "cat", "dog"), ("bird/", [])]);
        Says("the class folder train/bird has no images (PNG, JPEG or BMP), only 1 other files, such as train/bird/x.txt. Add images or remove the folder.",
            [.. ClassFolder.Files(), ("train/bird/x.txt", [1])]);
        Says("train/ and training/ are both the same part. Put them into one folder.", ClassFolder.OnePart(1, "train/a", "training/a"));
    }

    [Fact]
    public void Loose_images_are_named_in_the_notice()
    {
        var data = Load(folder.Write("a.zip", Trees.Zip([.. ClassFolder.Files(), ("train/loose.png", ClassFolder.Picture(1))])));
        Assert.Equal("1 images lie directly in train/, such as train/loose.png; they belong to no class and are left out.", data.Notice);
    }

    [Fact]
    public void Images_of_several_sizes_get_one_and_that_is_said()
    {
        var path = folder.Write("a.zip", Trees.Zip([.. ClassFolder.Files(), ("train/cat/0.png", ClassFolder.Picture(9, 8, 2)), ("train/dog/3.png", ClassFolder.Picture(9, 5, 5))]));
        var data = Load(path);
        Assert.Equal(new Shape(3, 3, 3), data.ImageShape); // the middle one of the shorter sides 2, 3, 3, 3, 3, 3, 3, 3, 5
        Assert.Equal("The 9 images have 3 sizes, from 4 x 3 to 5 x 5 pixels (width x height); all were scaled to 3 x 3 (image-size=3; set another "
            + "where details matter); of 8 of them the middle was taken (fit=crop).", data.Notice);
        var chosen = Load(path, new() { Size = new(2, 3) });
        Assert.Equal(new Shape(3, 2, 3), chosen.ImageShape);
        Assert.Equal([(9, 0), (100, 1), (0, 0), (110, 1), (10, 0), (9, 1), (20, 0)], Values(chosen.Training));
        Assert.Equal("9 of 9 images have other proportions than 3 x 2: of 9 of them the middle was taken (fit=crop).", chosen.Notice);
        Assert.Equal("9 of 9 images have other proportions than 3 x 2: 9 of them are distorted (fit=squash).", Load(path, new() { Size = new(2, 3), Fit = ImageFit.Squash }).Notice);
        Assert.Equal([114, 114, 114, 114, 9], Load(path, new() { Size = new(3, 4), Fit = ImageFit.Pad() }).Training.Pixels(0)[..5].ToArray());
        Assert.Equal("Images can be scaled to sides from 1 to 8,192 pixels: received 0x3 (height x width).",
            Assert.Throws<UsageException>(() => Load(path, new() { Size = new(0, 3) })).Message);
    }

    [Fact]
    public void What_the_images_decided_is_known_to_runs_and_comes_from_the_cache_too()
    {
        var path = folder.Write("a.zip", Trees.Zip([.. ClassFolder.Files(), ("train/cat/0.png", ClassFolder.Picture(9, 40, 90, 1))]));
        foreach (var data in (SplitData[])[Load(path), Load(path)])
        {
            var images = DataChoice.Of(data).Images;
            Assert.Equal((new ImageSize(3, 3), ImageFit.Crop(), ImageColours.Colour), (images.Size!.Value, images.Fit, images.Colours));
        }
        var alike = DataChoice.Of(Load(folder.Write("b.zip", Trees.Zip(ClassFolder.Files())))).Images;
        Assert.Equal((null, null, ImageColours.Keep), (alike.Size, alike.Fit, alike.Colours));
    }

    [Theory]
    [InlineData(100, 120, 64)]
    [InlineData(63, 400, 56)]
    [InlineData(17, 18, 16)]
    [InlineData(9, 14, 9)]
    public void The_size_of_photographs_is_that_of_half_of_them_and_at_most_64(int height, int width, int side)
    {
        var files = ClassFolder.OnePart(3, "a", "b").Select(file => (file.Path, Content: ClassFolder.Picture(7, width, height)));
        var data = Load(folder.Write("a.zip", Trees.Zip([.. files, ("a/0.bmp", ClassFolder.Picture(1, 600, 700)), ("b/0.bmp", ClassFolder.Picture(1, 5, 5))])));
        Assert.Equal(new Shape(3, side, side), data.ImageShape);
    }

    [Fact]
    public void Photographs_of_one_large_size_are_made_smaller_and_small_ones_stay()
    {
        SplitData Of(int width, int height) => Load(folder.Write("a.zip", Trees.Zip(ClassFolder.OnePart(2, "a", "b").Select(file => (file.Path, ClassFolder.Picture(7, width, height, 1))))), new() { ValidationFraction = 0.5 });
        Assert.Equal(new Shape(1, 512, 520), Of(520, 512).ImageShape);
        Assert.Equal(new Shape(1, 64, 64), Of(520, 513).ImageShape);
        Assert.StartsWith("The 4 images have 520 x 513 pixels; all were scaled to 64 x 64 (image-size=64; set another where details matter); "
            + "of 4 of them the middle was taken (fit=crop). ", Of(520, 513).Notice, StringComparison.Ordinal);
    }

    [Fact]
    public void Photos_that_lie_on_their_side_are_turned_and_that_is_said()
    {
        var turned = SampleImages.Png(3, 2, 8, 0, [0, 1, 2, 3, 0, 4, 5, 6], exif: OrientationTests.Exif(6, isBig: true));
        var upright = PngWriter.Write([4, 1, 5, 2, 6, 3], new(1, 3, 2));
        var data = Load(folder.Write("a.zip", Trees.Zip([("train/a/1.png", turned), ("train/b/1.png", upright),
            ("test/a/1.png", ClassFolder.Commented(upright, "a")), ("test/b/1.png", ClassFolder.Commented(upright, "b"))])));
        Assert.Equal(data.Training.Pixels(1), data.Training.Pixels(0));
        Assert.Equal("1 image was turned upright as the Exif data say: train/a/1.png.", data.Notice);
    }

    [Fact]
    public void Gray_and_colour_images_become_colourful_or_gray()
    {
        var path = folder.Write("a.zip", Trees.Zip([.. ClassFolder.Files(), ("train/cat/4.png", ClassFolder.Picture(30, channels: 1))]));
        Assert.Equal((new Shape(3, 3, 4), "1 of 8 images are gray and became images in colour like the others (image-colours=gray for the reverse)."), (Load(path).ImageShape, Load(path).Notice));
        Assert.Equal((new Shape(1, 3, 4), null), (Load(path, new() { Colours = ImageColours.Gray }).ImageShape, Load(path, new() { Colours = ImageColours.Gray }).Notice));
        var colour = Load(path, new() { Colours = ImageColours.Colour });
        Assert.Equal(new Shape(3, 3, 4), colour.ImageShape);
        Assert.Equal((30, 0), Values(colour.Training)[^1]);
    }

    [Fact]
    public void An_unreadable_image_is_named_and_skipped_only_when_asked_for()
    {
        var broken = ClassFolder.Picture(5)[..^3];
        var path = folder.Write("a.zip", Trees.Zip([("train/cat/0.png", broken), .. ClassFolder.Files(), ("train/dog/a.gif", [.. "GIF89a"u8])]));
        Assert.Equal($"{path}: train/cat/0.png: the image is damaged or cut: the PNG ends before its end chunk IEND. Copy or save it again. "
            + "To leave such images out, set unreadable=skip.", Assert.Throws<DataException>(() => Load(path)).Message);
        var data = Load(path, new() { Unreadable = UnreadableImages.Skip });
        Assert.Equal([(100, 1), (0, 0), (110, 1), (10, 0), (20, 0)], Values(data.Training));
        Assert.Equal($"2 of 9 images could not be read and are left out: {path}: train/cat/0.png: the image is damaged or cut: the PNG ends before its end chunk IEND. "
            + $"Copy or save it again. {path}: train/dog/a.gif: this is a GIF image: expected PNG, JPEG or BMP. "
            + "Convert it to PNG. In a program, a decoder of the package FeatureMap.Vips reads it.", data.Notice);
    }

    [Fact]
    public void A_class_or_a_set_of_which_nothing_can_be_read_is_an_error_also_when_skipping()
    {
        var skip = new ClassFolderOptions { Unreadable = UnreadableImages.Skip };
        var one = folder.Write("a.zip", Trees.Zip([.. ClassFolder.OnePart(2, "a", "b"), ("c/1.png", [1, 2])]));
        Assert.StartsWith($"{one}: of the training images of the class c none can be read: {one}: c/1.png: this is not an image", Assert.Throws<DataException>(() => Load(one, skip)).Message, StringComparison.Ordinal);
        var none = folder.Write("b.zip", Trees.Zip([("a/1.png", [1]), ("b/1.png", [2])]));
        Assert.Equal($"{none}: none of its 2 images can be read. Without skipping (unreadable=fail) the first error is told.", Assert.Throws<DataException>(() => Load(none, skip)).Message);
    }

    [Fact]
    public void Sets_that_memory_cannot_hold_are_refused_with_a_size_that_fits()
    {
        // 40 names for one black picture of 5000 x 5000, which packs well: 40 x 75 MB in memory.
        var large = PngWriter.Write(new byte[5000 * 5000 * 3], new(3, 5000, 5000));
        var asked = Options(new() { Size = new(5000, 5000), Decoding = ImageDecoding.Ahead }) with { KeepDecoded = false };
        var path = folder.Write("a.zip", Trees.Zip([.. Enumerable.Range(0, 40).Select(i => ($"train/{(i % 2 == 0 ? "a" : "b")}/{i}.png", large)), ("test/a/1.png", large)]));
        Assert.Equal($"{path}: 40 training images of 3x5000x5000 take 40 x 75,000,000 = 3,000,000,000 bytes, and memory holds at most 2,147,483,591 of a set. "
            + "Let them be kept on disk (DataOptions.KeepDecoded), or scaled to at most 4230 x 4230 pixels (image-size=4230).", Assert.Throws<DataException>(() => Datasets.Open(path, asked)).Message);
    }

    [Fact]
    public void Progress_is_told_and_the_loading_can_be_cancelled()
    {
        var path = folder.Write("a.zip", Trees.Zip(ClassFolder.OnePart(150, "a", "b", "c", "d")));
        var reports = new List<DecodeProgress>();
        var options = Options(new()) with { Decoding = new Recorder(reports) };
        Datasets.Open(path, options);
        Assert.Equal([new(path, 0, 600), new(path, 600, 600)], [reports[0], reports[^1]]);
        Assert.Equal(4, reports.Count); // at 0, 256, 512 and 600
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() => Datasets.Open(path, options with { KeepDecoded = false, Cancellation = stop.Token }));
    }

    [Fact]
    public void Many_images_decoded_at_once_stand_where_they_belong()
    {
        var path = folder.Write("a.tar.gz", Trees.Tar(ClassFolder.OnePart(90, "a", "b"), zipped: true));
        var data = Load(path, new() { ValidationFraction = 0.5 });
        var values = Values(data.Training).Concat(Values(data.Validation)).ToHashSet();
        Assert.Equal(180, values.Count);
        Assert.All(values, value => Assert.Equal(value.Label, value.Value / 100));
        var all = Values(data.Training);
        Assert.Equal(all.OrderBy(value => value.Value % 100).ThenBy(value => value.Label), all);
    }

    private static List<(int Value, int Label)> Values(ImageSet set) => [.. Enumerable.Range(0, set.Count).Select(i => ((int)set.Pixels(i)[0], set.Label(i)))];

    private SplitData Load(string path, ClassFolderOptions? images = null) => Datasets.Open(path, Options(images ?? new()));

    private DataOptions Options(ClassFolderOptions images) => new() { CacheFolder = folder["cache"], Images = images };

    private void Says(string message, params (string, byte[])[] files)
    {
        var path = folder.Write("says.zip", Trees.Zip(files));
        Assert.Equal($"{path}: {message}", Assert.Throws<DataException>(() => ClassFolders.Load(path, new() { KeepDecoded = false })).Message);
    }

    private sealed class Recorder(List<DecodeProgress> reports) : IProgress<DecodeProgress>
    {
        public void Report(DecodeProgress value)
        {
            lock (reports) reports.Add(value);
        }
    }
}
