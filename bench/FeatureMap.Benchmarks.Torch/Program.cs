using System.CommandLine;
using FeatureMap.Benchmarks.Pairing;
using FeatureMap.Benchmarks.Torch;

if (TorchContender.TryLoad() is { } reason)
{
    Console.Error.WriteLine($"libtorch does not load here: {reason}");
    Console.Error.WriteLine(
        "On Linux x64 start bench/run-against-libtorch.sh, which also helps where libstdc++ is too old. Elsewhere there is no peer.");
    return 1;
}

Command pair = PairedCommand.Create(
    "pair", "FeatureMap against libtorch, in alternation.", () => [new EngineContender(), new TorchContender()]);
return new RootCommand("Benchmarks of FeatureMap against libtorch.") { pair }.Parse(args).Invoke();
