using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using FeatureMap.Data;
using FeatureMap.Interchange;
using FeatureMap.Models;
using FeatureMap.Networks;
using FeatureMap.Workbench;
using FeatureMap.Zoo;

namespace FeatureMap.Cli;

/// <summary><c>upscale</c>: enlarges a picture with a network that learned super-resolution.</summary>
internal sealed class UpscaleCommand : ToolCommand
{
    private readonly Argument<string> source = new("run") { Description = "The folder of a finished lab 'super-resolution', of one of its trainings, or a model.safetensors with its network.json beside it" };
    private readonly Argument<string> image = new("image") { Description = "A PNG, JPEG or BMP file of any size" };
    private readonly Option<string?> output = new("--out") { Description = "The PNG file to write; where it is left out, the name of the picture with x2, x3 or x4 behind it", HelpName = "FILE" };
    private readonly Option<bool> bicubic = new("--bicubic") { Description = "Also write what bicubic interpolation makes of it, to compare" };
    private readonly Option<string?> threads = ThreadsOption();

    public UpscaleCommand(Terminal terminal)
        : base(
            terminal, "upscale", "Enlarge a picture with a trained super-resolution network",
            "featuremap upscale runs/super-resolution-20260131-120000 small.png",
            "featuremap upscale runs/super-resolution-20260131-120000 photo.jpg --out large.png --bicubic")
    {
        Arguments.Add(source);
        Arguments.Add(image);
        foreach (var option in (Option[])[output, bicubic, threads])
            Options.Add(option);
        Finish();
    }

    protected override int Run(ParseResult parse)
    {
        var picture = EnlargedPicture.Write(
            parse.GetValue(source)!, parse.GetValue(image)!, parse.GetValue(output), parse.GetValue(bicubic), Threads(parse.GetValue(threads)));
        Tell(picture.Small, picture.Large, picture.File, picture.BicubicFile);
        return 0;
    }

    private void Tell(Picture picture, Picture large, string target, string? other)
    {
        if (Terminal.IsJson)
        {
            Terminal.Write(new JsonObject { ["file"] = target, ["width"] = large.Shape.Width, ["height"] = large.Shape.Height, ["factor"] = large.Shape.Width / picture.Shape.Width, ["bicubic"] = other });
            return;
        }
        Terminal.Output.WriteLine($"{target}: {large.Shape.Width} x {large.Shape.Height} pixels, from {picture.Shape.Width} x "
            + $"{picture.Shape.Height}");
        if (other is not null) Terminal.Output.WriteLine($"{other}: the same by bicubic interpolation");
    }

    private static int Threads(string? text) => text is null ? 0
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
        : throw new UsageException($"--threads is a whole number from 0 to 1,024: received '{text}'. 0 means one per logical processor.");
}
