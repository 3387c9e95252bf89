namespace FeatureMap.Ops;

/// <summary>A batch of samples in double precision, in the plain order [image][channel][row][column]: what the naive references compute with.</summary>
internal sealed class ReferenceTensor(int batch, Shape shape)
{
    public int Batch { get; } = batch;

    public Shape Shape { get; } = shape;

    public double[] Values { get; } = new double[batch * shape.Count];

    public ref double this[int image, int channel, int row, int column] =>
        ref Values[(((((image * Shape.Channels) + channel) * Shape.Height) + row) * Shape.Width) + column];

    /// <summary>All places of all samples, in their order.</summary>
    public IEnumerable<(int Image, int Channel, int Row, int Column)> Positions =>
        from image in Enumerable.Range(0, Batch)
        from channel in Enumerable.Range(0, Shape.Channels)
        from row in Enumerable.Range(0, Shape.Height)
        from column in Enumerable.Range(0, Shape.Width)
        select (image, channel, row, column);

    /// <summary>The element number <paramref name="index"/> of one image, whatever its place.</summary>
    public ref double this[int image, int index] => ref Values[(image * Shape.Count) + index];
}

/// <summary>Everything that a naive reference computes from and to, for one op on one batch.</summary>
internal sealed record ReferencePass
{
    public required Op Op { get; init; }

    public required ReferenceTensor[] Inputs { get; init; }

    public required ReferenceTensor Output { get; init; }

    public required double[][] Parameters { get; init; }

    public required ExecutionMode Mode { get; init; }

    /// <summary>Seed, step and layer: what dropout draws its mask from.</summary>
    public StepState Step { get; init; } = new();

    public int LayerIndex { get; init; }

    /// <summary>Gradient of the total loss by the output; set before the backward pass.</summary>
    public ReferenceTensor? OutputGradient { get; set; }

    public ReferenceTensor[] InputGradients { get; set; } = [];

    public double[][] ParameterGradients { get; set; } = [];

    public ReferenceTensor Input => Inputs[0];

    public int Batch => Output.Batch;

    public IReadOnlyList<Shape> InputShapes => Array.ConvertAll(Inputs, input => input.Shape);

    /// <summary>Makes a pass with zeroed output and gradients for the given inputs and parameters.</summary>
    public static ReferencePass Create(Op op, ReferenceTensor[] inputs, double[][] parameters, ExecutionMode mode, StepState? step = null, int layerIndex = 0, int batch = 0)
    {
        var shape = op.OutputShape(Array.ConvertAll(inputs, input => input.Shape));
        if (inputs.Length > 0) batch = inputs[0].Batch;
        return new ReferencePass
        {
            Op = op,
            Inputs = inputs,
            Output = new ReferenceTensor(batch, shape),
            Parameters = parameters,
            Mode = mode,
            Step = step ?? new StepState(),
            LayerIndex = layerIndex,
            OutputGradient = new ReferenceTensor(batch, shape),
            InputGradients = Array.ConvertAll(inputs, input => new ReferenceTensor(batch, input.Shape)),
            ParameterGradients = Array.ConvertAll(parameters, values => new double[values.Length]),
        };
    }
}
