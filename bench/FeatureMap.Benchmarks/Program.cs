using System.CommandLine;
using FeatureMap.Benchmarks.Networks;
using FeatureMap.Benchmarks.Pairing;
using FeatureMap.Benchmarks.Roofline;

var threads = new Option<int[]>("--threads")
{
    Description = "Numbers of threads.",
    AllowMultipleArgumentsPerToken = true,
    DefaultValueFactory = _ => [.. new[] { 1, Environment.ProcessorCount }.Distinct()],
};
var rounds = new Option<int>("--rounds") { Description = "Rounds; the median counts.", DefaultValueFactory = _ => 9 };
var json = new Option<FileInfo?>("--json") { Description = "Also write every figure to this file." };
var roofline = new Command("roofline", "Measure the machine: fused multiply-adds and bytes per second.") { threads, rounds, json };
roofline.SetAction(parsed =>
{
    RooflineReport report = RooflineReport.Measure(parsed.GetValue(threads)!, parsed.GetValue(rounds));
    report.Print(Console.Out);
    if (parsed.GetValue(json) is { } file)
        report.WriteJson(file.FullName);
});

var networks = new Command("networks", "List the benchmark networks with their cost.");
networks.SetAction(_ =>
{
    foreach (NetworkSpecification network in BenchmarkNetworks.All)
    {
        Console.WriteLine($"{network.Name}: {network.Description}; batches of {string.Join(" and ", network.Batches)}");
        Console.WriteLine(
            $"    {network.Parameters} parameters, {network.ForwardMultiplyAdds / 1e6:F2} M multiply-adds forward, "
            + $"{network.TrainingOperations / 1e6:F1} M operations per training image");
    }
});

var kernels = new Command("kernels", "Time the three convolution kernels on one thread, as shares of the multiply-add peak.") { rounds };
kernels.SetAction(parsed => FeatureMap.Benchmarks.Kernels.ConvolutionKernels.Run(parsed.GetValue(rounds), Console.Out));

var network = new Option<string>("--network") { Description = "A benchmark network.", DefaultValueFactory = _ => "mnist-20k" };
var steps = new Option<int>("--steps") { Description = "Steps that are timed.", DefaultValueFactory = _ => 200 };
var profile = new Command("profile", "Show where the time of a training step goes.") { network, threads, steps };
profile.SetAction(parsed =>
{
    foreach (var count in parsed.GetValue(threads)!)
    {
        var specification = BenchmarkNetworks.Find(parsed.GetValue(network)!);
        FeatureMap.Benchmarks.Kernels.StepProfile.Run(specification, specification.Batches[0], count, parsed.GetValue(steps), Console.Out);
    }
});

var augmentation = new Command("augmentation", "Time each augmentation on one thread, in images per second.") { rounds };
augmentation.SetAction(parsed => FeatureMap.Benchmarks.Kernels.AugmentationSpeed.Run(parsed.GetValue(rounds), Console.Out));

Command alone = PairedCommand.Create("alone", "Time FeatureMap without a peer.", () => [new EngineContender()]);

Command oneImage = FeatureMap.Benchmarks.OneImage.OneImageCommand.Create();

Command layouts = FeatureMap.Benchmarks.Layouts.LayoutsCommand.Create();

Command serving = FeatureMap.Benchmarks.Serving.ServingCommand.Create();

Command callers = FeatureMap.Benchmarks.Serving.CallersCommand.Create();

return new RootCommand("Benchmarks of FeatureMap. The comparison with libtorch is FeatureMap.Benchmarks.Torch.")
    {
        roofline, kernels, profile, augmentation, networks, alone, oneImage, layouts, serving, callers,
    }
    .Parse(args)
    .Invoke();
