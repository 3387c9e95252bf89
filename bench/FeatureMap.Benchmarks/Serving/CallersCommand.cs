using System.CommandLine;

namespace FeatureMap.Benchmarks.Serving;

/// <summary>The callers of a service as a process of their own, so that what they cost is not taken for the service's. It is begun by
/// the command 'serving', which reads what it writes.</summary>
internal static class CallersCommand
{
    public const string Name = "callers";

    public static Command Create()
    {
        var address = new Argument<string>("address") { Description = "What is asked, such as http://127.0.0.1:8080/predict." };
        var folder = new Argument<string>("folder") { Description = "The pictures, and what may be answered to each." };
        var callers = new Option<int>("--callers") { Description = "Callers that ask at the same time.", DefaultValueFactory = _ => 1 };
        var before = new Option<double>("--before") { Description = "Seconds before it counts." };
        var seconds = new Option<double>("--seconds") { Description = "Seconds that count." };
        var command = new Command(Name, "Ask a service as many callers; the command 'serving' begins it.")
        {
            address, folder, callers, before, seconds,
        };
        command.Hidden = true;
        command.SetAction(async (parsed, cancellation) =>
        {
            var asking = new Callers(new Uri(parsed.GetValue(address)!), CallersFolder.Read(parsed.GetValue(folder)!));
            await asking.AskAsync(
                parsed.GetValue(callers), TimeSpan.FromSeconds(parsed.GetValue(before)), TimeSpan.FromSeconds(parsed.GetValue(seconds)),
                Console.Out, cancellation);
            return 0;
        });
        return command;
    }
}
