namespace FeatureMap.Zoo;

// Files, sums, sizes and accuracies of torchvision were compared with the listings in its models/*.py (commits 07a929e and 2f7f558 and
// later copies for the four EfficientNets, whose files were replaced in between); the names end in digits of the SHA-256. None of these
// files was at hand. timm's are as its results and the names of its pages are commonly given, and were compared with nothing. Evidence
// says which is which.
public sealed partial record PretrainedWeights
{
    /// <summary>All weights that are known, those of one network side by side, the best first.</summary>
    public static IReadOnlyList<PretrainedWeights> All { get; } =
    [
        Torchvision("resnet-18", "imagenet1k-v1", "resnet18-f37072fd.pth", 69.758),
        Torchvision("resnet-34", "imagenet1k-v1", "resnet34-b627a593.pth", 73.314),
        Torchvision("resnet-50", "imagenet1k-v2", "resnet50-11ad3fa6.pth", 80.858, 224, 232),
        Torchvision("resnet-50", "imagenet1k-v1", "resnet50-0676ba61.pth", 76.13),
        Torchvision("vgg-16", "imagenet1k-v1", "vgg16-397923af.pth", 71.592),
        Torchvision("vgg-16-bn", "imagenet1k-v1", "vgg16_bn-6c64b313.pth", 73.36),
        Torchvision("googlenet", "imagenet1k-v1", "googlenet-1378be20.pth", 69.778) with { Normalization = new([0.5, 0.5, 0.5], [0.5, 0.5, 0.5]) },
        Torchvision("densenet-121", "imagenet1k-v1", "densenet121-a639ec97.pth", 74.434),
        Torchvision("squeezenet-1.0", "imagenet1k-v1", "squeezenet1_0-b66bff10.pth", 58.092),
        Torchvision("squeezenet-1.1", "imagenet1k-v1", "squeezenet1_1-b8a52dc0.pth", 58.178),
        Torchvision("mobilenet-v2", "imagenet1k-v2", "mobilenet_v2-7ebf99e0.pth", 72.154, 224, 232),
        Torchvision("mobilenet-v2", "imagenet1k-v1", "mobilenet_v2-b0353104.pth", 71.878),
        Torchvision("mobilenet-v3-small", "imagenet1k-v1", "mobilenet_v3_small-047dcff4.pth", 67.668),
        Torchvision("mobilenet-v3-large", "imagenet1k-v2", "mobilenet_v3_large-5c1a4163.pth", 75.274, 224, 232),
        Torchvision("mobilenet-v3-large", "imagenet1k-v1", "mobilenet_v3_large-8738ca79.pth", 74.042),
        Torchvision("efficientnet-b0", "imagenet1k-v1", "efficientnet_b0_rwightman-7f5810bc.pth", 77.692, isBicubic: true),
        Torchvision("efficientnet-b1", "imagenet1k-v2", "efficientnet_b1-c27df63c.pth", 79.838, 240, 255),
        Torchvision("efficientnet-b1", "imagenet1k-v1", "efficientnet_b1_rwightman-bac287d4.pth", 78.642, 240, 256, isBicubic: true),
        Torchvision("efficientnet-b2", "imagenet1k-v1", "efficientnet_b2_rwightman-c35c1473.pth", 80.608, 288, 288, isBicubic: true),
        Torchvision("efficientnet-b3", "imagenet1k-v1", "efficientnet_b3_rwightman-b3899882.pth", 82.008, 300, 320, isBicubic: true),
        Torchvision("efficientnet-v2-s", "imagenet1k-v1", "efficientnet_v2_s-dd5fe13b.pth", 84.228, 384, 384),
        Torchvision("convnext-tiny", "imagenet1k-v1", "convnext_tiny-983f1562.pth", 82.52, 224, 236),
        Torchvision("regnet-y-400mf", "imagenet1k-v2", "regnet_y_400mf-e6988f5f.pth", 75.804, 224, 232),
        Torchvision("regnet-y-400mf", "imagenet1k-v1", "regnet_y_400mf-c65dace8.pth", 74.046),
        Torchvision("regnet-y-800mf", "imagenet1k-v2", "regnet_y_800mf-58fc7688.pth", 78.828, 224, 232),
        Torchvision("regnet-y-800mf", "imagenet1k-v1", "regnet_y_800mf-1b27b58c.pth", 76.42),
        Torchvision("regnet-y-1.6gf", "imagenet1k-v2", "regnet_y_1_6gf-0d7bc02a.pth", 80.876, 224, 232),
        Torchvision("regnet-y-1.6gf", "imagenet1k-v1", "regnet_y_1_6gf-b11a554e.pth", 77.95),
        Torchvision("resnext-50-32x4d", "imagenet1k-v2", "resnext50_32x4d-1a0047aa.pth", 81.198, 224, 232),
        Torchvision("resnext-50-32x4d", "imagenet1k-v1", "resnext50_32x4d-7cdf4587.pth", 77.618),
        Torchvision("wide-resnet-50-2", "imagenet1k-v2", "wide_resnet50_2-9ba9bcbe.pth", 81.602, 224, 232),
        Torchvision("wide-resnet-50-2", "imagenet1k-v1", "wide_resnet50_2-95faca4d.pth", 78.468),
        Torchvision("shufflenet-v2-0.5", "imagenet1k-v1", "shufflenetv2_x0.5-f707e7126e.pth", 60.552),
        Torchvision("shufflenet-v2-1.0", "imagenet1k-v1", "shufflenetv2_x1-5666bf0f80.pth", 69.362),
        Torchvision("mnasnet-1.0", "imagenet1k-v1", "mnasnet1.0_top1_73.512-f206786ef8.pth", 73.456),
        new()
        {
            Network = "cifar-resnet-20",
            Tag = "cifar10",
            File = "resnet20-12fca82f.th",
            Mirrors = [new("https://github.com/akamaster/pytorch_resnet_cifar10/raw/master/pretrained_models/")],
            Bytes = 1_099_231,
            Sha256 = "12fca82f0bebc4135bf1f32f6e3710e61d5108578464b84fd6d7f5c1b04036c8",
            Evidence = WeightEvidence.File,
            Licence = "BSD style (akamaster/pytorch_resnet_cifar10)",
            Classes = 10,
            Size = 32,
            ShorterSide = 32,
            Accuracy = new(91.73, "akamaster/pytorch_resnet_cifar10 on CIFAR-10's test images, which prints 8.27 % of errors"),
        },
        NonCommercial("convnextv2-atto", "convnextv2_atto.fcmae_ft_in1k", 76.6),
        NonCommercial("convnextv2-femto", "convnextv2_femto.fcmae_ft_in1k", 78.5),
        NonCommercial("convnextv2-pico", "convnextv2_pico.fcmae_ft_in1k", 80.3),
    ];

    private static PretrainedWeights Torchvision(string network, string tag, string file, double topOne, int size = 224, int shorterSide = 256, bool isBicubic = false) => new()
    {
        Network = network,
        Tag = tag,
        File = file,
        Mirrors = [new("https://download.pytorch.org/models/")],
        Sha256 = Path.GetFileNameWithoutExtension(file) is var name ? name[(name.LastIndexOf('-') + 1)..] : "",
        Evidence = WeightEvidence.Listing,
        Licence = "BSD-3-Clause (torchvision); it says that the terms of ImageNet may come on top",
        Size = size,
        ShorterSide = shorterSide,
        IsBicubic = isBicubic,
        Accuracy = new(topOne, "torchvision's weights on ImageNet, as it prints them"),
    };

    // No sum of these files is printed anywhere, so they are not downloaded: what arrives could not be checked.
    private static PretrainedWeights NonCommercial(string network, string timm, double topOne) => new()
    {
        Network = network,
        Tag = "fcmae-ft-in1k",
        File = $"{timm}.safetensors",
        Page = new($"https://huggingface.co/timm/{timm}"),
        Sha256 = "",
        Licence = "CC-BY-NC-4.0",
        IsNonCommercial = true,
        IsBicubic = true,
        Accuracy = new(topOne, "timm's results on ImageNet, at the size it tests with"),
    };
}
