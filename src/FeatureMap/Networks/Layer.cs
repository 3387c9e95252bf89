using FeatureMap.Ops;

namespace FeatureMap.Networks;

/// <summary>One node of a network: an op, its name, and the layers that it reads. Layer 0 is the input.</summary>
public sealed class Layer
{
    internal Layer(int index, string name, Op? op, IReadOnlyList<int> inputs, IReadOnlyList<Shape> inputShapes, Shape output, IReadOnlyList<ParameterDefinition> parameters)
    {
        Index = index;
        Name = name;
        Op = op;
        Inputs = inputs;
        InputShapes = inputShapes;
        Output = output;
        Parameters = parameters;
    }

    /// <summary>Place in the order of computation; 0 is the input.</summary>
    public int Index { get; }

    /// <summary>Unique within the network, such as <c>conv2</c>; parameters are called <c>conv2.weight</c>.</summary>
    public string Name { get; }

    /// <summary>What it computes; null for the input.</summary>
    public Op? Op { get; }

    /// <summary>Indices of the layers that it reads, all lower than its own.</summary>
    public IReadOnlyList<int> Inputs { get; }

    /// <summary>Shapes of what it reads.</summary>
    public IReadOnlyList<Shape> InputShapes { get; }

    /// <summary>Shape of what it gives.</summary>
    public Shape Output { get; }

    /// <summary>The numbers that it owns.</summary>
    public IReadOnlyList<ParameterDefinition> Parameters { get; }

    /// <summary>How many numbers the optimiser changes here.</summary>
    public long TrainableCount => Parameters.Where(parameter => parameter.Trainable).Sum(parameter => (long)parameter.Count);

    /// <summary>How many numbers it owns that the optimiser does not change (running statistics).</summary>
    public long FixedCount => Parameters.Where(parameter => !parameter.Trainable).Sum(parameter => (long)parameter.Count);

    /// <summary>What it computes, without weight normalisation around it: a convolution is one either way. Null for an input.</summary>
    internal Op? PlainOp => Op is WeightNorm norm ? norm.Inner : Op;

    /// <summary>The windows of a convolution or pooling; null for all other layers.</summary>
    internal WindowGeometry? Windows => PlainOp switch
    {
        Conv2d conv => conv.Geometry(InputShapes[0]),
        WindowPool pool => pool.Geometry(InputShapes[0]),
        _ => null,
    };

    /// <summary>Name and op.</summary>
    public override string ToString() => Op is null ? Name : $"{Name}: {Op}";
}
