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
        var seconds = new Option<double>("--seconds") { Description = "Length of each part.", DefaultValueFactory = _ => 10 };
        var before = new Option<double>("--before")
        {
            Description = "Seconds that callers ask before it counts; several batches of the slowest network.",
            DefaultValueFactory = _ => 3,
        };
        var command = new Command(
            "serving",
            "A web service of a model, asked over loopback by one caller and by many: answers, throughput, waiting, a full queue, a "
            + "model that changes.")
        {
            networks, callers, seconds, before,
        };
        command.SetAction(async (parsed, cancellation) =>
        {
            var (many, length) = (parsed.GetValue(callers), TimeSpan.FromSeconds(parsed.GetValue(seconds)));
            var warm = TimeSpan.FromSeconds(parsed.GetValue(before));
            Console.WriteLine($"{Machine.Current}; FeatureMap {new EngineContender().Version}; {many} callers in a process of their own, "
                + $"{length.TotalSeconds} s for each part after {warm.TotalSeconds} s");
            Console.WriteLine();
            var report = new ServingReport();
            foreach (var name in parsed.GetValue(networks)!)
            {
                var load = new ForeignLoad();
                var network = BenchmarkNetworks.Find(name).Network;
                await using var service = await MeasuredService.StartAsync(network, queue: 256, cancellation);
                var engine = service.Engine();
                var one = await service.AskAsync(callers: 1, warm, length, cancellation);
                var all = await service.AskAsync(many, warm, length, cancellation);
                var changing = await service.AskWhileChangingAsync(many, warm, length, cancellation);
                await using var narrow = await MeasuredService.StartAsync(network, queue: 8, cancellation);
                var full = await narrow.AskAsync(many, warm, length, cancellation);
                var callersTime = TimeSpan.FromSeconds(new[] { one, all, changing, full }.Sum(part => part.Met.ProcessorSeconds));
                report.Add(name, engine, one, all, changing, full, load.Share(callersTime));
            }
            report.Print(Console.Out);
            return report.IsRight ? 0 : 1;
        });
        return command;
    }
}
