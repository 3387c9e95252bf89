using System.Globalization;
using System.Text.Json;
using FeatureMap.Models;
using FeatureMap.Networks;

namespace FeatureMap.Interchange;

/// <summary>
/// ONNX, the format that inference runtimes of all kinds read. <see cref="Save(Model, string, OnnxExportOptions?)"/> writes a model in its
/// evaluation form; <see cref="Load(string, Shape?, string?, Action{string}?)"/> makes a network of a file that another tool wrote, so that
/// it can be analysed and trained further. Which operators stand for which layers: <c>Interchange/Onnx/README.md</c>.
/// </summary>
public static partial class OnnxFile
{
    internal const string Producer = "FeatureMap";

    private const string InputKey = "featuremap.input", MeanKey = "featuremap.normalization.mean", DeviationKey = "featuremap.normalization.deviation", ClassKey = "featuremap.classNames", PreparationKey = "featuremap.preparation", FitKey = "featuremap.fit",
        AnswersKey = "featuremap.answers";

    /// <summary>
    /// Writes a model durably. The batch size stays open (<c>N</c>), the input is called <c>input</c> and the output <c>output</c>; class names, mean and
    /// deviation stand in the metadata. The same model always gives the same bytes.
    /// </summary>
    /// <param name="model">What to write.</param>
    /// <param name="path">The file, usually with the ending <c>.onnx</c>.</param>
    /// <param name="options">Operator set, input and name; the defaults where left out.</param>
    /// <exception cref="UsageException">A layer has no counterpart in ONNX, the operator set is out of range, or the weights are too large for one file.</exception>
    /// <exception cref="DataException">The disk is full or the place is not writable; a file that was there is intact.</exception>
    public static void Save(Model model, string path, OnnxExportOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentException.ThrowIfNullOrEmpty(path);
        var bytes = ToBytes(model, options ?? new OnnxExportOptions());
        DurableFile.Write(path, stream => stream.Write(bytes), bytes.Length);
    }

    /// <summary>The same to a stream: the bytes of the file.</summary>
    /// <param name="model">What to write.</param>
    /// <param name="stream">Written to from its position on; it stays open, and need not be able to seek.</param>
    /// <param name="options">Operator set, input and name; the defaults where left out.</param>
    /// <exception cref="UsageException">As for a file; nothing is written then.</exception>
    /// <exception cref="IOException">The stream fails; some of the bytes may be written.</exception>
    public static void Save(Model model, Stream stream, OnnxExportOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(stream);
        stream.Write(ToBytes(model, options ?? new OnnxExportOptions()));
    }

    internal static byte[] ToBytes(Model model, OnnxExportOptions options)
    {
        if (options.Opset is < OnnxExportOptions.LowestOpset or > OnnxExportOptions.HighestOpset)
            throw new UsageException($"ONNX operator sets from {OnnxExportOptions.LowestOpset} to {OnnxExportOptions.HighestOpset} can be written: received {options.Opset}. 17 is read by nearly every runtime in use.");
        const long Most = 1_900_000_000;
        var bytes = 4 * (model.Network.TrainableCount + model.Network.FixedCount);
        if (bytes > Most)
            throw new UsageException($"The weights have {bytes:N0} bytes, and one ONNX file holds at most {Most:N0} (a limit of "
                + "its encoding).");
        if (!options.KeepsBatchNorm) model = BatchNormFolding.Fold(model);
        var metadata = new Dictionary<string, string>
        {
            [InputKey] = options.Input == OnnxInput.Pixels ? "pixels" : "normalized",
            [MeanKey] = Numbers(model.Normalization.Mean),
            [DeviationKey] = Numbers(model.Normalization.Deviation),
            [ClassKey] = NameList.Of(model.ClassNames),
        };
        PreparationText.Add(metadata, PreparationKey, model.Preparation);
        PreparationText.AddFit(metadata, FitKey, model);
        if (model.GivesQuantities) metadata[AnswersKey] = PreparationText.Quantities;
        return OnnxWriter.Model(new OnnxModel(GraphExport.Graph(model, options))
        {
            IrVersion = IrVersion(options.Opset),
            Producer = Producer,
            ProducerVersion = Version,
            Description = $"{options.Name}: {model.Network}",
            Opsets = new Dictionary<string, long> { [""] = options.Opset },
            Metadata = metadata,
        }).ToArray();
    }

    private static string Version => typeof(OnnxFile).Assembly.GetName().Version is { } version ? version.ToString(3) : "";

    // Each release of ONNX raised the operator set and, more rarely, the version of the file format; a reader wants the pair that belonged together.
    private static long IrVersion(int opset) => opset switch { <= 14 => 7, <= 18 => 8, <= 20 => 9, _ => 10 };

    // The shortest digits that bring the same 64 bits back.
    private static string Numbers(IReadOnlyList<double> numbers) => $"[{string.Join(",", numbers.Select(number => number.ToString("R", CultureInfo.InvariantCulture)))}]";
}
