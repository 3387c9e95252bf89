using FeatureMap.Networks;
using FeatureMap.Ops;

namespace FeatureMap.Analysis;

/// <summary>What the summary says about one layer.</summary>
public sealed record SummaryRow
{
    internal SummaryRow(Layer layer, IReadOnlyList<string> inputs, int batch, ReceptiveField field)
    {
        Layer = layer.Name;
        Op = layer.Op?.Name ?? "Input";
        Settings = layer.Op?.Settings ?? "";
        Inputs = inputs;
        Output = layer.Output;
        TrainableCount = layer.TrainableCount;
        FixedCount = layer.FixedCount;
        MultiplyAdds = layer.Op?.Cost(layer.InputShapes).MultiplyAdds ?? 0;
        ActivationBytes = (long)batch * layer.Output.Count * sizeof(float);
        Field = field;
        Path = layer.Op?.Path(layer.InputShapes);
    }

    /// <summary>Name of the layer, such as <c>conv2</c>.</summary>
    public string Layer { get; }

    /// <summary>Name of the op, such as <c>Conv2d</c>; <c>Input</c> for the first row.</summary>
    public string Op { get; }

    /// <summary>The op's settings as text, such as <c>3x3, 16 channels</c>; empty when there are none.</summary>
    public string Settings { get; }

    /// <summary>Names of the layers that it reads.</summary>
    public IReadOnlyList<string> Inputs { get; }

    /// <summary>Shape of the output of one sample.</summary>
    public Shape Output { get; }

    /// <summary>Numbers that the optimiser changes.</summary>
    public long TrainableCount { get; }

    /// <summary>Numbers that it does not change: running statistics.</summary>
    public long FixedCount { get; }

    /// <summary>Multiply-accumulates of one sample's forward pass, bias additions not counted.</summary>
    public long MultiplyAdds { get; }

    /// <summary>Bytes of the output of a batch, 4 per number. The engine shares memory between layers, so a plan needs less than the
    /// sum.</summary>
    public long ActivationBytes { get; }

    /// <summary>Bytes of all its parameters, 4 per number.</summary>
    public long ParameterBytes => (TrainableCount + FixedCount) * sizeof(float);

    /// <summary>The part of the network's input that one unit of the output can depend on.</summary>
    public ReceptiveField Field { get; }

    /// <summary>Which kernel runs here, and why; null for the input.</summary>
    public KernelPath? Path { get; }
}
