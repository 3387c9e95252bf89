using System.CommandLine;
using System.Net;
using FeatureMap.Data;
using FeatureMap.Extensions;
using FeatureMap.Studio;
using FeatureMap.Workbench;
using Microsoft.Extensions.Logging;

namespace FeatureMap.Cli;

/// <summary><c>serve</c>: a model as a web service.</summary>
internal sealed class ServeCommand : ToolCommand
{
    private const int UsualPort = 8_080;
    private readonly Argument<string> source = new("run")
    {
        Description = "A finished run, or a model.safetensors with its network.json beside it",
    };

    private readonly Option<string?> port = new("--port")
    {
        Description = $"Port, {UsualPort} where it is left out, 0 for any that is free",
        HelpName = "N",
    };

    private readonly Option<string?> host = new("--host")
    {
        Description = "Address of this machine to listen on; 127.0.0.1, this machine alone, where it is left out; 0.0.0.0 for all",
        HelpName = "ADDRESS",
    };

    private readonly Option<string?> fit = new("--fit")
    {
        Description = "How pictures of another size are made to fit, where the model does not say: crop (the middle), pad or squash",
        HelpName = "HOW",
    };

    private readonly Option<string?> queue = new("--queue")
    {
        Description = "Pictures that may wait; more are answered with 503. 256 where it is left out",
        HelpName = "N",
    };

    private readonly Option<string?> mostBytes = new("--most-bytes")
    {
        Description = "The largest file that is taken, in bytes; 20,000,000 where it is left out",
        HelpName = "N",
    };

    private readonly Option<bool> calibrated = CalibratedOption();
    private readonly Option<string?> threads = ThreadsOption();

    public ServeCommand(Terminal terminal)
        : base(
            terminal, "serve", "Answer over HTTP what pictures show: a web service of a trained model",
            "featuremap serve runs/photos-20260131-120000",
            "featuremap serve runs/photos-20260131-120000 --host 0.0.0.0 --port 80")
    {
        Arguments.Add(source);
        foreach (var option in (Option[])[port, host, fit, calibrated, queue, mostBytes, threads])
            Options.Add(option);
        SetAction(Run);
    }

    protected override int Run(ParseResult parse)
    {
        var words = parse.GetValue(host) ?? "127.0.0.1";
        if (!IPAddress.TryParse(words == "localhost" ? "127.0.0.1" : words, out var address))
            throw new UsageException($"--host is an address of this machine, such as 127.0.0.1 or 0.0.0.0: received '{words}'.");
        var path = parse.GetValue(source)!;
        if (RunInput.IsOnnx(path))
            throw new UsageException($"serve takes a finished run, or a model.safetensors with its network.json: received the ONNX file "
                + $"{Terminal.Shown(path)}. 'featuremap predict' asks one about files.");
        if (RunInput.StoredModel(path) is { GivesLabelMaps: true })
            throw new UsageException("The network gives a class for every pixel, and this service says what whole pictures show: use "
                + "'featuremap predict', or Model.Segment in a program.");
        if (RunInput.StoredModel(path) is { GivesQuantities: true } numbers)
            throw new UsageException($"The network tells numbers ({string.Join(", ", numbers.ClassNames)}), and this service tells what "
                + "pictures show: use 'featuremap predict', or Model.Compute in a program.");
        var options = new ImageClassifierOptions
        {
            Path = path,
            Fit = parse.GetValue(fit) is { } how ? $"{ImageFit.Parse(how)}" : RunInput.FitOf(path) is { } kept ? $"{kept}" : "",
            Calibrated = parse.GetValue(calibrated),
            QueueLimit = (int)(Whole(parse, queue, 1, 1_000_000) ?? new ImageClassifierOptions().QueueLimit),
            Threads = (int)(Whole(parse, threads, 0, 1_024) ?? 0),
        };
        var (number, bytes) = ((int)(Whole(parse, port, 0, 65_535) ?? UsualPort), Whole(parse, mostBytes, 1, 1L << 31) ?? 20_000_000);
        if (DetectorInput.Find(options.Path) is not null)
            throw new UsageException($"serve tells what a whole picture shows, and {options.Path} is a detector: 'featuremap predict' "
                + $"finds boxes in "
                + "files, and 'featuremap export --onnx' takes it to other programs.");
        Serve(options, address, number, bytes).GetAwaiter().GetResult();
        return 0;
    }

    private async Task Serve(ImageClassifierOptions options, IPAddress address, int number, long bytes)
    {
        await using var classifier = new ImageClassifier(options, new NoticeLogger(Terminal));
        await using var service = await PredictionService.StartAsync(classifier, address, number, bytes, Terminal.Cancellation);
        var model = classifier.Model;
        Terminal.Output.WriteLine($"Serving {Terminal.Shown(options.Path)}: {model.ClassNames.Count} classes, pictures as "
            + $"{model.Network.Input}");
        Terminal.Output.WriteLine($"curl --data-binary @photo.jpg {service.Address}predict");
        if (!IPAddress.IsLoopback(address))
            Terminal.Notice("Other machines can ask, without a password and unencrypted: put a proxy before it where that is not meant.");
        Terminal.Output.WriteLine("A changed model is read again. Ctrl-C ends it.");
        Terminal.Output.Flush();
        await StudioHost.WaitAsync(Terminal.Cancellation);
        Terminal.Output.WriteLine("The service has ended.");
    }

    /// <summary>What the classifier logs, as notices of the tool.</summary>
    private sealed class NoticeLogger(Terminal terminal) : ILogger<ImageClassifier>
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            terminal.Notice(formatter(state, exception));
    }
}
