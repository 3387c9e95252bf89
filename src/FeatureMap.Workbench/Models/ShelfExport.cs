using System.IO.Compression;
using System.Text;
using FeatureMap.Interchange;
using FeatureMap.Models;
using FeatureMap.OnnxRuntime;

namespace FeatureMap.Workbench;

/// <summary>A model of a <see cref="ModelShelf"/> as a file for elsewhere.</summary>
/// <param name="Name">What the file is called.</param>
/// <param name="Content">Its bytes.</param>
/// <param name="Verdict">What is known about it, in a sentence: for ONNX what ONNX Runtime says.</param>
/// <param name="Passed">Whether ONNX Runtime gives the same as the model; null where it was not asked.</param>
public sealed record ShelfExport(string Name, byte[] Content, string Verdict, bool? Passed)
{
    /// <summary>What a model may become.</summary>
    public static IReadOnlyList<string> Kinds { get; } = ["onnx", "safetensors", "code"];

    private static readonly DateTimeOffset NoTime = new(1980, 1, 1, 0, 0, 0, TimeSpan.Zero); // the same model gives the same bytes

    /// <summary>Makes the file.</summary>
    /// <param name="shelf">The models.</param>
    /// <param name="id">The model.</param>
    /// <param name="kind">One of <see cref="Kinds"/>: an ONNX file, compared with the model by ONNX Runtime where that is on this
    /// machine; a zip with <c>model.safetensors</c> and <c>network.json</c>; or the C# that asks the model.</param>
    /// <exception cref="UsageException">There is no such model or kind, or the model cannot be written so.</exception>
    /// <exception cref="DataException">The model cannot be read.</exception>
    public static ShelfExport Of(ModelShelf shelf, string id, string kind)
    {
        ArgumentNullException.ThrowIfNull(shelf);
        ArgumentNullException.ThrowIfNull(kind);
        var model = shelf.Open(id).Model;
        return kind switch
        {
            "onnx" => Onnx(id, model),
            "safetensors" => Zip(id, model),
            "code" =>
                new($"{id}.cs", Encoding.UTF8.GetBytes(Code(id, model)), "It needs the package FeatureMap and the files of the export "
                + $"safetensors, unpacked into the folder {id}.", null),
            _ => throw new UsageException($"kind is one of {string.Join(", ", Kinds)}: received '{Descriptions.ValueKind.Shortened(kind)}'."
                + NearestName.Suggest(kind, Kinds)),
        };
    }

    private static ShelfExport Onnx(string id, Model model)
    {
        var folder = Directory.CreateTempSubdirectory("featuremap-");
        try
        {
            var path = Path.Combine(folder.FullName, $"{id}.onnx");
            OnnxFile.Save(model, path, new OnnxExportOptions { Name = id });
            var (verdict, passed) = Judged(model, path);
            if (model.Temperature is { } unused)
                verdict += $" The model keeps a temperature of {unused:0.###}, which is not in the file: its probabilities "
                    + "are as the network gives them.";
            return new($"{id}.onnx", File.ReadAllBytes(path), verdict, passed);
        }
        catch (IOException error)
        {
            throw new DataException($"The ONNX file cannot be written: {error.Message}", error);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static (string Verdict, bool? Passed) Judged(Model model, string path)
    {
        if (OnnxRuntimeLibrary.Find() is null)
            return ("It was not compared with ONNX Runtime, which is not on this machine.", null);
        try
        {
            var check = ExportCheck.Run(model, path, OnnxInput.Pixels);
            return (check.Passed
                ? $"ONNX Runtime {check.RuntimeVersion} gives the same for {check.RandomImages:N0} images of noise: the largest "
                    + $"difference is "
                    + $"{check.LargestAbsolute:0.0e+0}."
                : $"ONNX Runtime {check.RuntimeVersion} gives something else: the largest difference is {check.LargestAbsolute:0.0e+0}. "
                    + $"Please report it.",
                check.Passed);
        }
        catch (FeatureMapException error)
        {
            return ($"It was not compared with ONNX Runtime: {error.Message}", null);
        }
    }

    private static ShelfExport Zip(string id, Model model)
    {
        using MemoryStream weights = new(), network = new();
        ModelFile.Save(model, weights, network);
        using var zip = new MemoryStream();
        using (var archive = new ZipArchive(zip, ZipArchiveMode.Create, leaveOpen: true))
            foreach (var (name, content) in ((string, MemoryStream)[])[(ModelFile.WeightsName, weights), (ModelFile.NetworkName, network)])
            {
                var entry = archive.CreateEntry(name);
                entry.LastWriteTime = NoTime;
                using var stream = entry.Open();
                content.WriteTo(stream);
            }
        return new($"{id}.zip", zip.ToArray(),
            $"{ModelFile.WeightsName} and {ModelFile.NetworkName}: what the library, the tool and this studio read.", null);
    }

    private static string Code(string id, Model model) => $$"""
        // Asks the model {{id}} about a picture, or about all of a folder or an archive: dotnet run {{id}}.cs photo.png
        // It takes {{model.Network.Input}} (channels x height x width) and gives {{model.Network.Output}}.
        #:package FeatureMap@*
        using FeatureMap.Data;
        using FeatureMap.Interchange;

        var model = ModelFile.Load("{{id}}");
        foreach (var file in PictureFiles.Read(args[0]))
            Console.WriteLine($"{file.Name}: {model.Predict(file.Load(model.Network.Input, model.Fit ?? ImageFit.Crop(), out _))}");

        """;
}
