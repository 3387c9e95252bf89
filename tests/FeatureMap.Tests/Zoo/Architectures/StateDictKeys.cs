namespace FeatureMap.Tests.Zoo;

/// <summary>The keys of torchvision's state dicts, put together the way its modules are nested.</summary>
internal static class StateDictKeys
{
    private static readonly string[] Norm = ["weight", "bias", "running_mean", "running_var", "num_batches_tracked"], Biased = ["weight", "bias"], Bare = ["weight"];

    public static IReadOnlyList<string> Of(string name, bool withHeads = false) => [.. (name switch
    {
        "resnet-18" => ResNet([2, 2, 2, 2], convolutions: 2),
        "resnet-34" => ResNet([3, 4, 6, 3], convolutions: 2),
        "resnet-50" => ResNet([3, 4, 6, 3], convolutions: 3),
        "vgg-16" => Vgg(hasNorm: false),
        "vgg-16-bn" => Vgg(hasNorm: true),
        "densenet-121" => DenseNet(),
        "squeezenet-1.0" => SqueezeNet([3, 4, 5, 7, 8, 9, 10, 12]),
        "squeezenet-1.1" => SqueezeNet([3, 4, 6, 7, 9, 10, 11, 12]),
        _ => GoogLeNet(withHeads),
    })];

    private static IEnumerable<string> Module(string name, string[] tensors) => tensors.Select(tensor => $"{name}.{tensor}");

    private static IEnumerable<string> ResNet(int[] blocks, int convolutions)
    {
        IEnumerable<string> keys = [.. Module("conv1", Bare), .. Module("bn1", Norm)];
        for (var layer = 1; layer <= 4; layer++)
            for (var block = 0; block < blocks[layer - 1]; block++)
            {
                var prefix = $"layer{layer}.{block}";
                for (var i = 1; i <= convolutions; i++)
                    keys = [.. keys, .. Module($"{prefix}.conv{i}", Bare), .. Module($"{prefix}.bn{i}", Norm)];
                if (block == 0 && (layer > 1 || convolutions == 3))
                    keys = [.. keys, .. Module($"{prefix}.downsample.0", Bare), .. Module($"{prefix}.downsample.1", Norm)];
            }
        return [.. keys, .. Module("fc", Biased)];
    }

    private static IEnumerable<string> Vgg(bool hasNorm)
    {
        // Every module of the Sequential counts: convolution, normalisation, ReLU, pooling.
        var at = 0;
        foreach (var count in (int[])[2, 2, 3, 3, 3])
        {
            for (var i = 0; i < count; i++)
            {
                foreach (var key in Module($"features.{at++}", Biased)) yield return key;
                if (hasNorm)
                    foreach (var key in Module($"features.{at++}", Norm)) yield return key;
                at++;
            }
            at++;
        }
        foreach (var place in (int[])[0, 3, 6])
            foreach (var key in Module($"classifier.{place}", Biased)) yield return key;
    }

    private static IEnumerable<string> DenseNet()
    {
        IEnumerable<string> keys = [.. Module("features.conv0", Bare), .. Module("features.norm0", Norm)];
        int[] layers = [6, 12, 24, 16];
        for (var block = 1; block <= 4; block++)
        {
            for (var layer = 1; layer <= layers[block - 1]; layer++)
            {
                var prefix = $"features.denseblock{block}.denselayer{layer}";
                keys = [.. keys, .. Module($"{prefix}.norm1", Norm), .. Module($"{prefix}.conv1", Bare), .. Module($"{prefix}.norm2", Norm), .. Module($"{prefix}.conv2", Bare)];
            }
            if (block < 4) keys = [.. keys, .. Module($"features.transition{block}.norm", Norm), .. Module($"features.transition{block}.conv", Bare)];
        }
        return [.. keys, .. Module("features.norm5", Norm), .. Module("classifier", Biased)];
    }

    private static IEnumerable<string> SqueezeNet(int[] fires) =>
    [
        .. Module("features.0", Biased),
        .. fires.SelectMany(fire => ((string[])["squeeze", "expand1x1", "expand3x3"]).SelectMany(part => Module($"features.{fire}.{part}", Biased))),
        .. Module("classifier.1", Biased),
    ];

    private static IEnumerable<string> GoogLeNet(bool withHeads)
    {
        IEnumerable<string> Unit(string name) => [.. Module($"{name}.conv", Bare), .. Module($"{name}.bn", Norm)];

        return
        [
            .. ((string[])["conv1", "conv2", "conv3"]).SelectMany(Unit),
            .. ((string[])["3a", "3b", "4a", "4b", "4c", "4d", "4e", "5a", "5b"]).SelectMany(block =>
                ((string[])["branch1", "branch2.0", "branch2.1", "branch3.0", "branch3.1", "branch4.1"]).SelectMany(branch => Unit($"inception{block}.{branch}"))),
            .. withHeads ? ((string[])["aux1", "aux2"]).SelectMany(head => (string[])[.. Unit($"{head}.conv"), .. Module($"{head}.fc1", Biased), .. Module($"{head}.fc2", Biased)]) : [],
            .. Module("fc", Biased),
        ];
    }
}
