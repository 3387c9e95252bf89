using FeatureMap.Data;
using FeatureMap.Interchange;
using FeatureMap.Models;
using FeatureMap.Networks;
using FeatureMap.Ops;

namespace FeatureMap.Zoo;

/// <summary>
/// Weights that were trained before, whatever file they are in, ready to be fitted to other classes: the network, where its body ends, and
/// how pictures were prepared for it.
/// </summary>
/// <example><code>
/// var model = Pretrained.Get("resnet-18").WithHead(data.ClassNames);
/// var own = Pretrained.Open("body.onnx", Preparation.Bgr(103.06, 115.90, 123.15)).WithHead(["cat", "dog"]);
/// </code></example>
public sealed class Pretrained
{
    private Pretrained(string path, Model model, Preparation? preparation, string? bodyEnd, IReadOnlyList<string> notices)
    {
        Source = path;
        Preparation = preparation;
        Notices = notices;
        Model = model;
        (BodyEnd, HasClassifier) = bodyEnd is null ? EndOfBody(model.Network)
            : (model.Network[bodyEnd].Name, bodyEnd != model.Network.Layers[^1].Name);
    }

    /// <summary>The file or folder.</summary>
    public string Source { get; }

    /// <summary>The network with its weights; it takes pictures as they are, RGB from 0 to 255.</summary>
    public Model Model { get; }

    /// <summary>How pictures were prepared for the weights; null where the file has it in its own terms, as models of this library
    /// do.</summary>
    public Preparation? Preparation { get; }

    /// <summary>Name of the last layer of the body.</summary>
    public string BodyEnd { get; }

    /// <summary>Whether there are layers behind the body, which a new head takes the place of.</summary>
    public bool HasClassifier { get; }

    /// <summary>What a user should know about the file: sentences.</summary>
    public IReadOnlyList<string> Notices { get; }

    /// <summary>The weights of a name, from the folders of <c>FEATUREMAP_WEIGHTS</c> or from <c>weights</c> in the cache folder.</summary>
    /// <param name="name">The name, such as <c>resnet-18</c>: of an architecture, of <see cref="PretrainedWeights"/>, or of a file without its
    /// ending.</param>
    /// <param name="preparation">How pictures were prepared, where the file does not say it.</param>
    /// <param name="size">Another size of pictures than the one they were trained on.</param>
    /// <exception cref="DataException">There are none; the message says which file to bring, and where to put it.</exception>
    /// <exception cref="UsageException">The file does not say how pictures were prepared.</exception>
    public static Pretrained Get(string name, Preparation? preparation = null, ImageSize? size = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return Open(WeightPlaces.Find(Architectures.Find(name)?.Name ?? name, PretrainedWeights.Folders()), preparation, size: size);
    }

    /// <summary>Opens a file of weights.</summary>
    /// <param name="path">
    /// An ONNX file, whether it ends in classes or in features; a model file or the folder of a finished run; or torchvision's weights of
    /// an architecture (<c>.pth</c>, safetensors), which is told by the names in it.
    /// </param>
    /// <param name="preparation">How pictures were prepared; null for what the file says.</param>
    /// <param name="bodyEnd">Name of the last layer of the body. Null for what stands before the last dense layer, or for the output where
    /// the network ends in features.</param>
    /// <param name="output">Of an ONNX file with several outputs: the name of the one that the network ends in.</param>
    /// <param name="size">Another size of pictures than the one they were trained on, in place of the preparation's.</param>
    /// <exception cref="DataException">The file is missing or damaged, or its weights are of no known architecture.</exception>
    /// <exception cref="UsageException">The file does not say how pictures were prepared, and nobody else does.</exception>
    /// <exception cref="ShapeException">The preparation does not fit the network.</exception>
    public static Pretrained Open(string path, Preparation? preparation = null, string? bodyEnd = null, string? output = null,
        ImageSize? size = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        size ??= preparation?.Size;
        if (!Path.Exists(path)) throw new DataException($"{path}: there is no such file or folder.");
        var notices = new List<string>();
        var isOnnx = path.EndsWith(".onnx", StringComparison.OrdinalIgnoreCase);
        if (output is not null && !isOnnx)
            throw new UsageException($"Only ONNX files have several outputs to choose from, and {path} is none.");
        if (isOnnx) return OfOnnx(path, preparation, size, bodyEnd, output, notices);
        if (Directory.Exists(path) || IsModelFile(path))
        {
            var model = ModelFile.Load(path);
            if (preparation is not null)
                notices.Add($"{Name(path)} says how its pixels become numbers ({model.Normalization}); '{preparation}' takes its place, as you ask for it.");
            return new(path, Prepared(model, preparation, size), preparation, bodyEnd, notices);
        }
        var file = StateDict.Read(path);
        // A file of the table says which of several networks with the same names it has, and how pictures were prepared.
        var known = PretrainedWeights.All.FirstOrDefault(one => one.IsIn(Name(path)) && Architectures.Get(one.Network).IsIn(file));
        var architecture = Architectures.All.FirstOrDefault(one => known is null ? one.IsIn(file) : one.Name == known.Network)
            ?? throw new DataException($"{Name(path)} has {file.Tensors.Count:N0} tensors, and their names are those of no architecture that is "
                + $"known: {string.Join(", ", Architectures.All.Where(one => one.TorchvisionNames is not null).Select(one => one.Name))}. "
                + "Export the model as ONNX where it was made, and open that.");
        var given = preparation ?? known?.Preparation
            ?? FeatureMap.Data.Preparation.ImageNet with { Normalization = architecture.TrainedNormalization };
        var shape = known is null ? architecture.Image : Shape.Image(architecture.Image.Channels, known.Size, known.Size);
        if (size is { } wanted) shape = Shape.Image(shape.Channels, wanted.Height, wanted.Width);
        notices.Add($"{Name(path)} has the weights of {known?.Name ?? architecture.Name}.");
        return new(path, architecture.LoadModel(file, shape).WithPreparation(given), given, bodyEnd, notices);
    }

    /// <summary>The body with a head that has learned nothing yet; see
    /// <see cref="Model.WithHead(IReadOnlyList{string}, ulong, Func{Feature, Feature}, string?)"/>.</summary>
    /// <param name="classNames">Names of the new classes, in the order of the scores.</param>
    /// <param name="seed">Another seed, another start of the head.</param>
    /// <param name="head">Receives the features and returns the scores; one dense layer where null.</param>
    public Model WithHead(IReadOnlyList<string> classNames, ulong seed = 0, Func<Feature, Feature>? head = null) =>
        Model.WithHead(classNames, seed, head, BodyEnd);

    /// <summary>The body with a head that has learned nothing yet, for what is said of the images: classes, several labels or
    /// numbers.</summary>
    /// <param name="data">What it is to learn.</param>
    /// <param name="seed">Another seed, another start of the head.</param>
    public Model WithHead(SplitData data, ulong seed = 0)
    {
        ArgumentNullException.ThrowIfNull(data);
        return Model.WithHead(data.Training, seed, BodyEnd);
    }

    /// <summary>What it is, in one line.</summary>
    public override string ToString() => $"{Name(Source)}: {Model.Network.Input} (channels x height x width) to "
        + $"{Model.Network[BodyEnd].Output.Count:N0} features at '{BodyEnd}'";

    private static Pretrained OfOnnx(string path, Preparation? preparation, ImageSize? size, string? bodyEnd, string? output,
        List<string> notices)
    {
        var about = OnnxFile.Describe(path);
        var known = about.StatesNormalization ? null : KnownWeights.Of(path);
        if (known is not null && preparation is null)
        {
            preparation = known.Preparation;
            notices.Add($"{Name(path)} is {known.Title}: pictures are prepared as '{preparation}'.");
        }
        else if (known is not null && !preparation!.IsSame(known.Preparation))
        {
            notices.Add($"{Name(path)} is {known.Title}, which was trained on pictures prepared as '{known.Preparation}'. '{preparation}' takes "
                + "its place, as you ask for it, and will cost accuracy.");
        }
        else if (about.StatesNormalization && preparation is not null)
        {
            notices.Add($"{Name(path)} says how its pixels become numbers; '{preparation}' takes its place, as you ask for it.");
        }
        if (preparation is null && !about.StatesNormalization)
            throw new UsageException($"{Name(path)} does not say how pictures were prepared for it, and the wrong order of colours or scale "
                + "costs much accuracy without a word. Say it by a preparation: imagenet for torchvision, timm and most others, unit for "
                + "pixels divided by 255, signed for -1 to 1, bgr 103.06:115.9:123.15 for a mean in blue, green and red (Caffe, CNTK). It "
                + "stands where the model came from.");
        var open = about.Inputs is [{ IsOpen: true } port, ..] ? port : null;
        Shape? shape = open is null ? null : size is { } wanted ? Shape.Image(open.Channels ?? 3, wanted.Height, wanted.Width)
            : throw new UsageException($"{Name(path)} leaves the size of its pictures open: say it with the preparation, as in "
                + $"{preparation?.ToString() ?? "imagenet"} size=224.");
        var model = OnnxFile.Load(path, shape, output, notices.Add);
        return new(path, Prepared(model, preparation, size), preparation, bodyEnd, notices);
    }

    private static Model Prepared(Model model, Preparation? preparation, ImageSize? size)
    {
        if (size is { } wanted) model = Sized(model, Shape.Image(model.Network.Input.Channels, wanted.Height, wanted.Width));
        return preparation is null ? model : model.WithPreparation(preparation);
    }

    /// <summary>For another size: a mean over windows as large as the map is one over the whole map, whatever its size.</summary>
    private static Model Sized(Model model, Shape input)
    {
        if (input == model.Network.Input) return model;
        Network network;
        try
        {
            network = model.Network.Rewrite((layer, inputs) => IsGlobal(layer) ? inputs[0].GlobalAveragePool(layer.Name) : null, input);
        }
        catch (ShapeException error)
        {
            throw new ShapeException($"These weights were made for pictures of {model.Network.Input.Height}x{model.Network.Input.Width} and do "
                + $"not go with {input.Height}x{input.Width}. Sides that are multiples of 32 go with most networks. {error.Message}", error);
        }
        return new(model.Weights.Derive(network), model.Normalization, model.ClassNames, model.Preparation);
    }

    private static bool IsGlobal(Layer layer) => layer.Op is AveragePool2d pool && layer.InputShapes[0] is var map && layer.Output.Area == 1
        && pool.Kernel.Vertical == map.Height && pool.Kernel.Horizontal == map.Width && pool.Padding == Padding.Valid;

    /// <summary>
    /// Back from the output over layers without weights: a dense layer there is the classifier, and the body ends before it. Where a map is
    /// made a vector first, or something squashes the numbers that is no probability, the output is features.
    /// </summary>
    private static (string Layer, bool HasClassifier) EndOfBody(Network network)
    {
        var last = network.Layers[^1];
        // Numbers are given their unit behind the dense layer, by a scale and a shift or by constants.
        for (var layer = last; layer.Inputs.Count(IsOnWay) == 1; layer = network.Layers[layer.Inputs.First(IsOnWay)])
        {
            if (layer.Op is Linear && layer.Inputs[0] > 0) return (network.Layers[layer.Inputs[0]].Name, true);
            var isVector = layer.Op is Flatten && layer.InputShapes[0].IsVector;
            if (layer.Op is not (Softmax or LogSoftmax or Sigmoid or Dropout or Reshape or ScaleShift) && !isVector && layer.Inputs.Count == 1) break;
        }
        return (last.Name, false);

        bool IsOnWay(int input) => network.Layers[input].Op is not Constant;
    }

    private static bool IsModelFile(string path) => path.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase)
        && File.Exists(Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, ModelFile.NetworkName));

    private static string Name(string path) => Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)));
}
