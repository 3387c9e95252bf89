using FeatureMap.Analysis;
using FeatureMap.Training;

namespace FeatureMap.Reports;

/// <summary>
/// All that a report shows, as plain data. Only the title is needed; a section without data is left out. The report escapes every text.
/// </summary>
public sealed record ReportData
{
    /// <summary>The headline, such as what the network learned to tell apart.</summary>
    public required string Title { get; init; }

    /// <summary>What the folder of the run is called, as it is typed behind commands; empty for no run.</summary>
    public string Run { get; init; } = "";

    /// <summary>What a reader must not miss, such as that the training was stopped; empty for nothing.</summary>
    public string Notice { get; init; } = "";

    /// <summary>The command that trains the same network again; empty where a program began the training.</summary>
    public string Command { get; init; } = "";

    /// <summary>Facts of the run in the order of display: recipe, data set, parameters, seed, threads, machine, seconds,
    /// accuracies.</summary>
    public IReadOnlyList<ReportFact> Facts { get; init; } = [];

    /// <summary>The rows of epochs, in order: the curves and the headline number.</summary>
    public IReadOnlyList<EpochRecord> Epochs { get; init; } = [];

    /// <summary>The rows of steps, in order; where given, the curve of the learning rate is drawn from them.</summary>
    public IReadOnlyList<StepRecord> Steps { get; init; } = [];

    /// <summary>The rows of layers, in order: gradients, updates and dead units by epoch.</summary>
    public IReadOnlyList<LayersRecord> Layers { get; init; } = [];

    /// <summary>The names of the classes, by label; a label without a name is shown as its number.</summary>
    public IReadOnlyList<string> ClassNames { get; init; } = [];

    /// <summary>How many validation samples of the true class (first index) were taken for the predicted class (second index);
    /// square.</summary>
    public int[,]? Confusion { get; init; }

    /// <summary>The model class by class on the validation samples: table, curves and calibration.</summary>
    public Judgement? Judgement { get; init; }

    /// <summary>The label maps of the validation samples, class by class over the whole set.</summary>
    public SegmentationJudgement? Segmentation { get; init; }

    /// <summary>Several labels of each validation sample, label by label.</summary>
    public MultiLabelJudgement? Labels { get; init; }

    /// <summary>Numbers of each validation sample, number by number.</summary>
    public QuantityJudgement? Quantities { get; init; }

    /// <summary>A detector on the validation samples.</summary>
    public DetectionJudgement? Detection { get; init; }

    /// <summary>Some validation samples with what is there and what a detector found.</summary>
    public IReadOnlyList<PagePicture> DetectionPictures { get; init; } = [];

    /// <summary>What the augmentation of the training made of some training samples.</summary>
    public ReportVariants? Variants { get; init; }

    /// <summary>Mistakes that the network was most sure of, worst first.</summary>
    public IReadOnlyList<ReportMistake> Mistakes { get; init; } = [];

    /// <summary>The kernels of the first convolution.</summary>
    public ReportKernels? Kernels { get; init; }

    /// <summary>The sample whose feature maps are shown.</summary>
    public ReportImage? Sample { get; init; }

    /// <summary>What the layers made of <see cref="Sample"/>, in the order of the network.</summary>
    public IReadOnlyList<ReportFeatureMap> FeatureMaps { get; init; } = [];

    /// <summary>How large the activations of each layer are, and which units are dead.</summary>
    public ActivationStatistics? Activations { get; init; }

    /// <summary>The summary of the network, layer by layer.</summary>
    public ReportTable? Summary { get; init; }

    /// <summary>The layers and what they read, drawn above <see cref="Summary"/>; null for none.</summary>
    public NetworkDiagram? Diagram { get; init; }

    /// <summary>The whole log as text, as it was printed.</summary>
    public string LogText { get; init; } = "";
}

/// <summary>A fact of the run.</summary>
/// <param name="Name">What it is, such as <c>Parameters</c>.</param>
/// <param name="Value">Its value as text, such as <c>7,906</c>.</param>
public sealed record ReportFact(string Name, string Value);

/// <summary>An image with 8 bits per channel.</summary>
/// <param name="Pixels">One plane after the other, as the network sees them: channels x height x width.</param>
/// <param name="Shape">The shape; 3 channels are shown in colour, of any other number the first is shown in grey.</param>
public sealed record ReportImage(IReadOnlyList<byte> Pixels, Shape Shape);

/// <summary>Training samples as an augmentation varied them: a row for each sample, at the left as it is, then one variant per
/// epoch.</summary>
/// <param name="Augmentation">What was done, in the words of the setting.</param>
/// <param name="Sheet">The picture.</param>
/// <param name="Images">Rows.</param>
/// <param name="Epochs">Variants of each.</param>
public sealed record ReportVariants(string Augmentation, ReportImage Sheet, int Images, int Epochs);

/// <summary>A sample that the network got wrong.</summary>
/// <param name="Image">The sample.</param>
/// <param name="TrueClass">The label that it has.</param>
/// <param name="PredictedClass">The label that the network gave.</param>
/// <param name="Probability">How sure the network was of it, 0 to 1.</param>
public sealed record ReportMistake(ReportImage Image, int TrueClass, int PredictedClass, double Probability)
{
    /// <summary>Which places speak for the class that the network gave: a map of the image's size, drawn beside it.</summary>
    public Heatmap? Attention { get; init; }

    /// <summary>The file of the sample, or its place in the set; shown beside it where given.</summary>
    public string? Name { get; init; }
}

/// <summary>The kernels of a convolution.</summary>
/// <param name="Layer">The name of the layer.</param>
/// <param name="Weights">One array per output channel, each channels x height x width.</param>
/// <param name="Channels">Input channels of each kernel.</param>
/// <param name="Height">Rows of each kernel.</param>
/// <param name="Width">Columns of each kernel.</param>
public sealed record ReportKernels(string Layer, IReadOnlyList<float[]> Weights, int Channels, int Height, int Width);

/// <summary>The output of one layer for one sample.</summary>
/// <param name="Layer">The name of the layer.</param>
/// <param name="Shape">Its shape.</param>
/// <param name="Values">The numbers, channels x height x width.</param>
public sealed record ReportFeatureMap(string Layer, Shape Shape, IReadOnlyList<float> Values);
