using FeatureMap.Data;
using FeatureMap.Interchange;
using FeatureMap.Models;
using FeatureMap.Networks;
using FeatureMap.Tests.Data;
using FeatureMap.Training;
using FeatureMap.Zoo;
using Xunit;

namespace FeatureMap.Tests.Interchange;

/// <summary>
/// Files of <c>torch.save</c> that others have published. <c>FEATUREMAP_WEIGHTS</c> names the folder that holds them and
/// <c>FEATUREMAP_CIFAR10_JPEG</c> the archive of test pictures; without them there is nothing to do.
/// </summary>
public sealed class PublishedWeightsTests
{
    /// <summary>Linzaer's face detector RFB-320, as PyTorch wrote it and as an ONNX file: 244 tensors, equal to the bit.</summary>
    [Fact]
    public void A_detector_has_the_numbers_of_its_onnx_twin()
    {
        var state = StateDict.Read(Place("version-RFB-320.pth"));
        var twin = OnnxReader.Model(File.ReadAllBytes(Place("version-RFB-320.onnx")), "twin")
            .Graph.Initializers.ToDictionary(tensor => tensor.Name, StringComparer.Ordinal);
        Assert.Equal(244, state.Tensors.Count);
        foreach (var tensor in state.Tensors)
        {
            var other = twin[tensor.Name];
            Assert.Equal(other.Dimensions.Select(size => (long)size), tensor.Dimensions.Select(size => (long)size));
            Assert.Equal(Bits(other.Values), Bits(tensor.Data));
        }
    }

    /// <summary>
    /// akamaster's ResNet-20 for CIFAR-10 on 10,000 test pictures of a JPEG copy: 81.03 % here, 81.08 % measured by hand before; 0.1 points
    /// are allowed. Its skips are option A: every second pixel, and zeros in front of the channels and behind them.
    /// </summary>
    [Fact]
    public void A_network_for_cifar_is_as_good_as_in_pytorch()
    {
        var pictures = Environment.GetEnvironmentVariable("FEATUREMAP_CIFAR10_JPEG");
        Assert.SkipWhen(string.IsNullOrEmpty(pictures),
            "FEATUREMAP_CIFAR10_JPEG names no archive of CIFAR-10 as JPEG files in train/CLASS and test/CLASS.");
        var state = StateDict.Read(Place("cifar-resnet-20-12fca82f.th"));
        Assert.Equal("state_dict", state.Part);
        var test = Datasets.Open(pictures).Validation;
        Assert.Equal(10_000, test.Count);
        var model = Architectures.Get("cifar-resnet-20").LoadModel(state, classNames: test.ClassNames);
        Assert.InRange(model.Evaluate(test).Accuracy, 0.8098, 0.8118);
    }

    /// <summary>The real files, damaged: each is read or refused in time, without memory for what is not there.</summary>
    [Theory]
    [InlineData("version-RFB-320.pth", 42_000, 24)]
    [InlineData("cifar-resnet-20-12fca82f.th", 14_000, 24)]
    public void Published_files_that_are_damaged_are_read_or_refused(string name, int pickle, int megabytes)
    {
        var original = File.ReadAllBytes(Place(name));
        var result = FuzzCampaign.Run(original, pickle, file => Assert.NotEmpty(StateDict.Read(new MemoryStream(file), name).Tensors),
            megabytes * 1_000_000L);
        Assert.InRange(result.Refused, 0.2 * FuzzCampaign.Mutations, FuzzCampaign.Mutations);
    }

    private static byte[] Bits(Array values)
    {
        var bytes = new byte[Buffer.ByteLength(values)];
        Buffer.BlockCopy(values, 0, bytes, 0, bytes.Length);
        return bytes;
    }

    private static string Place(string name)
    {
        var folder = Environment.GetEnvironmentVariable("FEATUREMAP_WEIGHTS");
        Assert.SkipWhen(string.IsNullOrEmpty(folder), "FEATUREMAP_WEIGHTS names no folder of published weights.");
        var path = Path.Combine(folder, name);
        Assert.SkipUnless(File.Exists(path), $"The folder of FEATUREMAP_WEIGHTS has no {name}.");
        return path;
    }
}
