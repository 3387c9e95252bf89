using System.CommandLine;
using FeatureMap.Benchmarks.Networks;
using FeatureMap.Benchmarks.Pairing;

namespace FeatureMap.Benchmarks.Serving;

/// <summary>The command line of the load on a web service of a model.</summary>
internal static class ServingCommand
{
    public static Command Create()
    {
        var networks = new Option<string[]>("--network")
        {
            Description = "Networks by name; see the command 'networks'.",
            AllowMultipleArgumentsPerToken = true,
            DefaultValueFactory = _ => ["mnist-20k", "resnet-18"],
        };
        var callers = new Option<int>("--callers")
        {
            Description = "Callers that ask at the same time.",
            DefaultValueFactory = _ => 64,
        };
        var seconds = new Option<double>("--seconds") { Description = "Length of each part.", DefaultValueFactory = _ => 5 };
        var command = new Command(
            "serving",
            "A web service of a model, asked over loopback by one caller and by many: answers, throughput, waiting, a full queue, a "
            + "model that changes.")
        {
            networks, callers, seconds,
        };
        command.SetAction(async (parsed, cancellation) =>
        {
            var (many, length) = (parsed.GetValue(callers), TimeSpan.FromSeconds(parsed.GetValue(seconds)));
            Console.WriteLine(
                $"{Machine.Current}; FeatureMap {new EngineContender().Version}; {many} callers, {length.TotalSeconds} s for each part");
            Console.WriteLine();
            var report = new ServingReport();
            foreach (var name in parsed.GetValue(networks)!)
            {
                var load = new ForeignLoad();
                await using var service = await MeasuredService.StartAsync(BenchmarkNetworks.Find(name).Network, queue: 256, cancellation);
                var one = await service.AskAsync(callers: 1, length, cancellation);
                var all = await service.AskAsync(many, length, cancellation);
                var changing = await service.AskWhileChangingAsync(many, length, cancellation);
                await using var narrow = await MeasuredService.StartAsync(BenchmarkNetworks.Find(name).Network, queue: 8, cancellation);
                var full = await narrow.AskAsync(many, length, cancellation);
                report.Add(name, one, all, changing, full, load.Share());
            }
            report.Print(Console.Out);
            return report.IsRight ? 0 : 1;
        });
        return command;
    }
}
