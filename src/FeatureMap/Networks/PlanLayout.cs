using FeatureMap.Lanes;
using FeatureMap.Ops;

namespace FeatureMap.Networks;

/// <summary>The tensors of one layer in a plan.</summary>
internal sealed class LayerPlace(Op op)
{
    public Op Op { get; } = op;

    /// <summary>False for views and for activations that the normalisation before them applies.</summary>
    public bool HasKernel { get; init; } = true;

    public Activation? FusedActivation { get; init; }

    public required LaneTensor[] Inputs { get; init; }

    public required LaneTensor Output { get; init; }

    public LaneTensor? OutputGradient { get; set; }

    public LaneTensor?[] InputGradients { get; set; } = [];

    /// <summary>Gradients from several readers of the output: they are added into the first before this layer's turn.</summary>
    public IReadOnlyList<LaneTensor> GradientParts { get; set; } = [];
}

/// <summary>
/// Decides for every layer which tensors it reads and writes: which share memory (views, in-place ops), which layers run as one kernel, which gradients are
/// needed at all, and from when to when each tensor lives. Layer numbers are the times of the forward pass; the backward pass runs them down again.
/// </summary>
internal sealed class PlanLayout
{
    private readonly Network network;
    private readonly EngineRequest request;
    private readonly Arena arena;
    private readonly int? kept;
    private readonly int[] readers;
    private readonly Dictionary<LaneTensor, int> readersOfTensor = [];
    private readonly bool[] needsGradient;
    private readonly LaneTensor[] outputs;

    public PlanLayout(EngineRequest request, int result, Arena arena)
    {
        (network, this.request, this.arena, kept) = (request.Weights.Network, request, arena, request.KeptLayer);
        var layers = network.Layers;
        outputs = new LaneTensor[layers.Count];
        Places = new LayerPlace?[layers.Count];
        readers = network.CountReaders();
        readers[^1]++; // whoever uses the result
        if (result != layers.Count - 1) readers[result]++;
        // What comes before everything that is trained has no way back.
        needsGradient = new bool[layers.Count];
        needsGradient[0] = request is { HasGradients: true, WantsImageGradient: true };
        for (var i = 1; request.HasGradients && i < layers.Count; i++)
            needsGradient[i] = (layers[i].TrainableCount > 0 && !request.IsFrozen(layers[i]))
                || layers[i].Inputs.Where((_, k) => layers[i].Op!.HasGradient(k)).Any(input => needsGradient[input]);

        foreach (var layer in layers)
        {
            if (layer.Op is null) outputs[layer.Index] = New(layer.Output, 0, readers[layer.Index]);
            else PlaceForward(layer);
        }
        Memory.Touch(outputs[result], layers.Count);
        Memory.Touch(outputs[^1], layers.Count);
        foreach (var layer in request.Reader?.Layers ?? [])
            Memory.Touch(outputs[layer], layers.Count);
        if (request.KeepsOutputs)
            foreach (var output in outputs)
                Memory.Touch(output, BackwardTime(-1));
        if (kept is { } inner)
            Memory.Touch(outputs[inner], BackwardTime(-1));
        if (request.HasGradients)
            PlaceBackward();
    }

    public MemoryPlan Memory { get; } = new();

    /// <summary>One per layer; null for inputs.</summary>
    public LayerPlace?[] Places { get; }

    /// <summary>In training: the gradient that the walk back begins with, 1 / images for each image, because the total loss is the mean.</summary>
    public LaneTensor? Seed { get; private set; }

    public IReadOnlyList<LaneTensor> Outputs => outputs;

    public LaneTensor? ImageGradient { get; private set; }

    /// <summary>Gradient of the kept layer's output; null where the loss does not depend on it.</summary>
    public LaneTensor? KeptGradient { get; private set; }

    public int BackwardTime(int layer) => (2 * network.Layers.Count) + 1 - layer;

    private void PlaceForward(Layer layer)
    {
        var index = layer.Index;
        var op = layer.Op!;
        var inputs = layer.Inputs.Select(input => outputs[input]).ToArray();
        foreach (var input in inputs)
            Memory.Touch(input, index);
        if (inputs.Length == 0)
        {
            outputs[index] = New(layer.Output, index, readers[index]);
            Places[index] = new LayerPlace(op) { Inputs = inputs, Output = outputs[index] };
            return;
        }
        if (IsFusedInto(layer, layer.Inputs[0]))
        {
            outputs[index] = inputs[0];
            readersOfTensor[inputs[0].Root] = readers[index];
            Places[index] = new LayerPlace(op) { Inputs = inputs, Output = outputs[index], HasKernel = false };
            return;
        }
        var root = inputs[0].Root;
        if (op.IsView(request.ModeOf(layer)))
        {
            outputs[index] = inputs[0].View(layer.Output);
            readersOfTensor[root] += readers[index] - 1;
            Places[index] = new LayerPlace(op) { Inputs = inputs, Output = outputs[index], HasKernel = false };
            return;
        }
        if (MayOverwrite(op, layer, root))
        {
            outputs[index] = inputs[0];
            readersOfTensor[root] = readers[index];
        }
        else
        {
            outputs[index] = New(layer.Output, index, readers[index]);
        }
        var activation = network.Layers.Skip(index + 1).FirstOrDefault(next => next.Inputs.Contains(index)) is { } next && IsFusedInto(next, index) ? (Activation)next.Op! : null;
        Places[index] = new LayerPlace(op) { Inputs = inputs, Output = outputs[index], FusedActivation = activation };
    }

    /// <summary>An activation whose only source takes it along and is read by nobody else.</summary>
    private bool IsFusedInto(Layer layer, int before) =>
        layer.Op is Activation activation && network.Layers[before].Op is { } source && source.TakesAlong(activation, needsGradient[layer.Index])
        && readers[before] == 1
        && before != kept;

    private bool MayOverwrite(Op op, Layer layer, LaneTensor root)
    {
        if (!op.ForwardInPlace || layer.Inputs.Count != 1 || readersOfTensor[root] != 1 || request.KeepsOutputs) return false;
        if (kept is { } inner && inner < layer.Index && outputs[inner].Root == root) return false;
        if (WriterOf(layer.Inputs[0]) is not { } writer) return false; // images and targets stay as they were loaded
        // Neither this layer's gradient nor that of whoever wrote the input may look at the old values.
        return !GradientReads(layer, Ops.GradientReads.Input) && !GradientReads(writer, Ops.GradientReads.Output);
    }

    private bool GradientReads(Layer layer, GradientReads what) => needsGradient[layer.Index] && layer.Op!.GradientReads.HasFlag(what);

    // The layer whose kernel wrote the memory, views looked through; null for what is loaded from outside.
    private Layer? WriterOf(int layer)
    {
        while (Places[layer] is { HasKernel: false })
            layer = network.Layers[layer].Inputs[0];
        return network.Layers[layer].Op is null ? null : network.Layers[layer];
    }

    private void PlaceBackward()
    {
        var contributions = network.Layers.Select(_ => new List<LaneTensor>()).ToArray();
        Seed = New(network.Output, network.Layers.Count, 0);
        contributions[^1].Add(Seed);
        for (var i = network.Layers.Count - 1; i > 0; i--)
        {
            if (Places[i] is not { } place) continue;
            var layer = network.Layers[i];
            var time = BackwardTime(i);
            place.InputGradients = new LaneTensor?[layer.Inputs.Count];
            if (!needsGradient[i] || contributions[i].Count == 0) continue;
            var gradient = Joined(place, contributions[i], time);
            place.OutputGradient = gradient;
            if (i == kept)
            {
                KeptGradient = gradient;
                Memory.Touch(gradient, BackwardTime(-1));
            }
            var isHandedOn = false;
            for (var k = 0; k < layer.Inputs.Count; k++)
            {
                var input = layer.Inputs[k];
                if (!needsGradient[input] || !place.Op.HasGradient(k)) continue;
                var part = !place.HasKernel ? gradient.View(network.Layers[input].Output)
                    : place.Op.GradientInPlace && layer.Inputs.Count == 1 && !IsKept(gradient) ? gradient
                    : place.Op.PassesGradient && layer.InputShapes[k] == layer.Output && !isHandedOn && !IsKept(gradient) ? gradient
                    : New(network.Layers[input].Output, time, 0);
                Memory.Touch(part, time);
                isHandedOn |= part == gradient;
                place.InputGradients[k] = part;
                contributions[input].Add(part);
            }
            if (!place.HasKernel) continue;
            if (place.Op.GradientReads.HasFlag(Ops.GradientReads.Input))
                foreach (var input in place.Inputs)
                    Memory.Touch(input, time);
            if (place.Op.GradientReads.HasFlag(Ops.GradientReads.Output) && place.FusedActivation is null)
                Memory.Touch(place.Output, time);
        }
        if (needsGradient[0] && contributions[0].Count > 0)
        {
            ImageGradientParts = WritableFirst(contributions[0]);
            foreach (var part in contributions[0])
                Memory.Touch(part, BackwardTime(0) + 1);
            ImageGradient = contributions[0][0];
        }
    }

    /// <summary>Parts of the gradient of the images, to be added into the first.</summary>
    public IReadOnlyList<LaneTensor> ImageGradientParts { get; private set; } = [];

    private LaneTensor Joined(LayerPlace place, List<LaneTensor> parts, int time)
    {
        foreach (var part in parts)
            Memory.Touch(part, time);
        place.GradientParts = WritableFirst(parts);
        return parts[0];
    }

    private bool IsKept(LaneTensor gradient) => gradient.Root == KeptGradient?.Root;

    /// <summary>Parts are added into the first, which must not be a view of the kept gradient. Only one can be: a view has one input.</summary>
    private List<LaneTensor> WritableFirst(List<LaneTensor> parts)
    {
        if (parts.Count > 1 && IsKept(parts[0])) (parts[0], parts[1]) = (parts[1], parts[0]);
        return parts;
    }

    private LaneTensor New(Shape shape, int time, int tensorReaders)
    {
        var tensor = new LaneTensor(shape, arena);
        readersOfTensor[tensor] = tensorReaders;
        Memory.Touch(tensor, time);
        return tensor;
    }
}
