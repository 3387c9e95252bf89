using System.CommandLine;
using FeatureMap.Benchmarks.Networks;
using FeatureMap.Benchmarks.Pairing;
using FeatureMap.Benchmarks.Torch;

Command pair = PairedCommand.Create(
    "pair", "FeatureMap against libtorch, in alternation.", () => [new EngineContender(), new TorchContender()],
    network => Agreement.Of(network).ToString());

Command session = PairedCommand.Create(
    "session", "FeatureMap's session on libtorch against a loop that is written for libtorch, in alternation.",
    () => [new DeviceContender(), new TorchContender()], network => Agreement.Of(network).ToString());

var checkedNetworks = new Option<string[]>("--network")
{
    Description = "Networks by name; all architectures, recipes and benchmark networks where none is named.",
    AllowMultipleArgumentsPerToken = true,
};
var check = new Command("check", "Compare outputs, loss and one training step of both engines; nothing is timed.") { checkedNetworks };
check.SetAction(parsed =>
{
    var networks = parsed.GetValue(checkedNetworks) is { Length: > 0 } names
        ? names.Select(BenchmarkNetworks.Find) : BenchmarkNetworks.All.Concat(BenchmarkNetworks.Zoo).DistinctBy(network => network.Name);
    var failed = 0;
    foreach (var network in networks)
    {
        try
        {
            Console.WriteLine($"{network.Name}: {Agreement.Of(network)}");
        }
        catch (Exception error) when (error is InvalidOperationException or NotSupportedException or FeatureMap.FeatureMapException)
        {
            Console.WriteLine($"FAILED {network.Name}: {error.Message}");
            failed++;
        }
    }
    return failed == 0 ? 0 : 1;
});

var side = new Argument<string>("side") { Description = "FeatureMap, contiguous or channels-last." };
side.AcceptOnlyFromAmong([.. PeakMemory.Sides]);
var network = new Option<string>("--network") { Description = "A network.", DefaultValueFactory = _ => "resnet-50" };
var batch = new Option<int>("--batch") { Description = "Images per step.", DefaultValueFactory = _ => 16 };
var threads = new Option<int>("--threads") { Description = "Number of threads.", DefaultValueFactory = _ => 2 };
var memory = new Command("memory", "Peak memory of training steps, each side in a process of its own.") { network, batch, threads };
memory.SetAction(parsed => PeakMemory.Print(
    BenchmarkNetworks.Find(parsed.GetValue(network)!), parsed.GetValue(batch), parsed.GetValue(threads), Console.Out));
var memoryOf = new Command(PeakMemory.ChildCommand, "What the command memory starts for each side.") { side, network, batch, threads };
memoryOf.Hidden = true;
memoryOf.SetAction(parsed => PeakMemory.Measure(
    parsed.GetValue(side)!, BenchmarkNetworks.Find(parsed.GetValue(network)!), parsed.GetValue(batch), parsed.GetValue(threads),
    Console.Out));

// Our own process of the memory test must not load the peer.
if (args is not [PeakMemory.ChildCommand, ..] && TorchContender.TryLoad() is { } reason)
{
    Console.Error.WriteLine($"libtorch does not load here: {reason}");
    Console.Error.WriteLine(
        "On Linux x64 start bench/run-against-libtorch.sh, which also helps where libstdc++ is too old. Elsewhere there is no peer.");
    return 1;
}
return new RootCommand("Benchmarks of FeatureMap against libtorch.") { pair, session, check, memory, memoryOf }.Parse(args).Invoke();
