using FeatureMap.Data;
using Xunit;

namespace FeatureMap.Tests.Data;

public sealed class DatasetSearchTests : IDisposable
{
    private static readonly byte[][] Files = Idx.Set(), OtherFiles = Idx.Set(seed: 77);
    private readonly TemporaryFolder given = new(), environment = new(), cache = new(), system = new();
    private readonly DatasetInfo info = Idx.Info("mnist", Files), other = Idx.Info("other-set", OtherFiles);

    public void Dispose()
    {
        given.Dispose();
        environment.Dispose();
        cache.Dispose();
        system.Dispose();
    }

    [Theory]
    [InlineData("", true)]
    [InlineData("", false)]
    [InlineData("mnist", true)]
    [InlineData("mnist", false)]
    public void A_given_folder_is_searched_directly_and_in_the_subfolder_zipped_and_not(string subfolder, bool zipped)
    {
        Idx.Write(given, subfolder, Files, zipped);
        var data = Find();
        Assert.Equal(("mnist", 20, 10, null), (data.Name, data.Training.Count, data.Validation.Count, data.Notice));
        Assert.Equal(Path.GetFullPath(Path.Combine(given.Location, subfolder)), Path.GetFullPath(data.Source).TrimEnd('/'));
        Assert.Equal("mnist training", data.Training.Name);
        Assert.Equal(Files[0][16..28], data.Training.Pixels(0).ToArray());
    }

    [Fact]
    public void Places_are_searched_in_their_order()
    {
        Idx.Write(system, "mnist", Files);
        Assert.Equal($"MNIST is not in {environment.Location} (no files of MNIST). The copy in "
            + $"{system["mnist"]} is used.", Anywhere().Notice);
        Idx.Write(cache, "mnist", Files);
        Assert.Equal(cache["mnist"], Anywhere().Source);
        Idx.Write(environment, "", Files);
        Assert.Equal((environment.Location, DataOrigin.Named), (Anywhere().Source, Anywhere().Origin));
        Idx.Write(given, "", Files);
        Assert.Equal(given.Location, Find().Source);
    }

    [Fact]
    public void Files_with_a_dot_in_place_of_a_hyphen_are_found()
    {
        for (var i = 0; i < 4; i++)
            given.Write(Idx.Names[i][..^3].Replace("-idx", ".idx", StringComparison.Ordinal), Files[i]);
        Assert.Equal(given.Location, Find().Source);
    }

    [Fact]
    public void A_broken_file_in_a_given_folder_is_an_error_even_when_other_places_have_the_set()
    {
        Idx.Write(system, "mnist", Files);
        Idx.Write(given, "", Files);
        given.Write(Idx.Names[0], Idx.Zip(Files[0][..^5]));
        Assert.Equal($"{given[Idx.Names[0]]}: the file is cut: the header announces 20 x 4 x 3 = 240 values, and 235 are there. Copy or download the file again.",
            Assert.Throws<DataException>(Find).Message);
    }

    [Fact]
    public void A_missing_file_in_a_given_folder_is_an_error()
    {
        Idx.Write(given, "", Files);
        File.Delete(given[Idx.Names[1]]);
        File.Delete(given[Idx.Names[3]]);
        Assert.Equal($"{given.Location} has only 2 of the 4 files of MNIST; missing: train-labels-idx1-ubyte.gz, t10k-labels-idx1-ubyte.gz. "
            + "Add what is missing, or do not name this folder.", Assert.Throws<DataException>(Find).Message);
    }

    [Fact]
    public void Content_that_only_has_the_official_size_is_an_error_unless_verification_is_off()
    {
        var changed = (byte[][])Files.Clone();
        changed[2] = (byte[])changed[2].Clone();
        changed[2][20] ^= 1;
        Idx.Write(given, "", changed);
        Assert.StartsWith($"{given[Idx.Names[2]]}: this is not the file of the official MNIST: its content has the SHA-256 ",
            Assert.Throws<DataException>(Find).Message, StringComparison.Ordinal);
        Assert.Equal(given.Location, Find(new() { Folders = [given.Location], VerifyContent = false }).Source);
    }

    [Fact]
    public void A_set_of_another_size_in_a_given_folder_is_used_with_a_notice()
    {
        Idx.Write(given, "", Idx.Set(training: 7, validation: 5));
        var data = Find();
        Assert.Equal((7, 5), (data.Training.Count, data.Validation.Count));
        Assert.Equal($"The files in {given.Location} are not the official MNIST: 7 + 5 images of 1x4x3 in place of 20 + 10 of 1x4x3. "
            + "Results are not comparable with published ones.", data.Notice);
    }

    [Fact]
    public void A_given_folder_without_the_set_is_an_error_wherever_else_the_set_is()
    {
        Idx.Write(environment, "", Files);
        Idx.Write(cache, "mnist", Files);
        var fix = $"Give the folder that has its 4 files ({string.Join(", ", Idx.Names)}).";
        Assert.Equal($"MNIST is not in {given.Location} (no files of MNIST). {fix}", Assert.Throws<DataException>(Find).Message);
        Assert.Equal($"MNIST is not in {given["typo"]} (does not "
            + $"exist). {fix}", Assert.Throws<DataException>(() => Find(new() { Folders = [given["typo"]] })).Message);
        Idx.Write(given, "", [OtherFiles[0], OtherFiles[1], OtherFiles[2], OtherFiles[3]]);
        Assert.Equal($"MNIST is not in {given.Location} (holds Other-Set), {given["none"]} (does not "
            + $"exist). {fix}", Assert.Throws<DataException>(() => Find(new() { Folders = [given.Location, given["none"]] })).Message);
    }

    [Fact]
    public void A_folder_of_the_environment_that_holds_another_known_set_is_passed_over()
    {
        Idx.Write(environment, "", [OtherFiles[0], OtherFiles[1], OtherFiles[2], OtherFiles[3]]);
        Idx.Write(system, "mnist", Files);
        Assert.Equal(system["mnist"], Anywhere().Source);
    }

    [Fact]
    public void A_broken_cache_is_passed_over()
    {
        Idx.Write(cache, "mnist", Files);
        cache.Write(Path.Combine("mnist", Idx.Names[2]), [1, 2, 3]);
        Idx.Write(system, "mnist", Files);
        Assert.Equal(system["mnist"], Anywhere().Source);
    }

    [Fact]
    public void Without_any_copy_the_embedded_digits_stand_in_for_mnist_and_say_so()
    {
        var data = Find(new() { AllowDownload = false, AllowEmbeddedDigits = true });
        Assert.Equal(("digits", 4000, DataOrigin.Embedded), (data.Name, data.Training.Count, data.Origin));
        Assert.Equal($"MNIST is not in {environment.Location} (no files of MNIST). MNIST was not found; the library's 5,000 digits stand "
            + "in (results do not compare with published ones).", data.Notice);
    }

    [Fact]
    public void Without_any_copy_another_set_is_an_error_and_so_is_mnist_when_the_digits_are_not_allowed()
    {
        var options = new DataOptions { AllowDownload = false };
        Assert.Equal($"MNIST was not found. Looked in: {environment.Location} (no files of MNIST), {cache.Location} (no files of MNIST), "
            + $"{system.Location} (no files of MNIST). Download: not allowed. "
            + $"Give the folder with its 4 files ({string.Join(", ", Idx.Names)}) by DataOptions.Folders or FEATUREMAP_DATA, or allow the "
            + "download. The digits inside the library need neither: they are the "
            + "data set digits.", Assert.Throws<DataException>(() => Find(options)).Message);
        var search = new DatasetSearch(other, options with { AllowEmbeddedDigits = true }, Places(), [info, other]);
        Assert.StartsWith("Other-Set was not found. Looked in: ", Assert.Throws<DataException>(search.Find).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_unknown_name_gets_the_nearest_suggested()
    {
        Assert.Equal("There is no data set 'fashon-mnist'. Did you mean 'fashion-mnist'?",
            Assert.Throws<UsageException>(() => Datasets.Get("fashon-mnist")).Message);
        Assert.Equal("There is no data set 'x'. Known: mnist, fashion-mnist, cifar10, cifar100, cifar100-coarse, digits.", Assert.Throws<UsageException>(() => Datasets.Get("x")).Message);
        Assert.Equal("digits", Datasets.Get("Digits").Name);
        Assert.Equal(11_594_722, Datasets.Info("mnist").DownloadBytes);
    }

    private SplitData Find() => Find(new() { Folders = [given.Location], AllowDownload = false });

    private SplitData Anywhere() => Find(new() { AllowDownload = false });

    private SplitData Find(DataOptions options) => new DatasetSearch(info, options, Places(), [info, other]).Find();

    private DatasetPlaces Places() => new([environment.Location], cache.Location, [system.Location]);
}
