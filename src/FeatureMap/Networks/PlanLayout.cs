using FeatureMap.Lanes;
using FeatureMap.Ops;

namespace FeatureMap.Networks;

/// <summary>The tensors of one layer in a plan.</summary>
internal sealed class LayerPlace(Op op)
{
    public Op Op { get; } = op;

    /// <summary>False for views and for what the kernel of a layer before does as well.</summary>
    public bool HasKernel { get; init; } = true;

    /// <summary>The layer whose kernel does this one's work as well; null where none does.</summary>
    public int? Host { get; init; }

    public Activation? FusedActivation { get; set; }

    /// <summary>Whether the kernel of the layer before applies this activation, and only its way back is left.</summary>
    public bool IsForwardTaken { get; init; }

    /// <summary>The batch normalisation with running statistics that the kernel applies before it adds and activates.</summary>
    public Layer? Norm { get; init; }

    /// <summary>The batch normalisation that the kernel applies to what it reads.</summary>
    public Layer? SourceNorm { get; init; }

    /// <summary>The activation behind it.</summary>
    public Layer? SourceActivation { get; init; }

    /// <summary>The layer whose kernel applies this one to what it reads; null where none does.</summary>
    public int? Reader { get; init; }

    /// <summary>What the kernel adds before the activation: the other input of an addition behind it.</summary>
    public LaneTensor? Skip { get; init; }

    /// <summary>With a skip: where the kernel leaves the gradient of the sum, which is that of the skip.</summary>
    public LaneTensor? SumGradient { get; set; }

    /// <summary>With a skip: a second part of the output's gradient, which the kernel adds.</summary>
    public LaneTensor? OtherGradient { get; set; }

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
    private readonly bool[] kept;
    private readonly Dictionary<int, LaneTensor> keptGradients = [];
    private readonly int[] readers;
    private readonly Dictionary<LaneTensor, int> readersOfTensor = [];
    private readonly bool[] needsGradient;
    private readonly Dictionary<int, int> hosts = [];
    private readonly HashSet<LaneTensor> joined = [];
    private readonly Dictionary<int, (Layer Norm, Layer? Activation)> sources = [];
    private readonly Dictionary<int, int> deferred = [];
    private readonly LaneTensor[] outputs;

    public PlanLayout(EngineRequest request, int result, Arena arena)
    {
        (network, this.request, this.arena) = (request.Weights.Network, request, arena);
        var layers = network.Layers;
        kept = [.. layers.Select(layer => request.KeptLayers.Contains(layer.Index))];
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
        foreach (var inner in request.KeptLayers)
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

    /// <summary>Gradient of a kept layer's output; null where the loss does not depend on it.</summary>
    public LaneTensor? KeptGradient(int layer) => keptGradients.GetValueOrDefault(layer);

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
        if (hosts.TryGetValue(index, out var host))
        {
            outputs[index] = outputs[host];
            readersOfTensor[outputs[host].Root] = readers[index];
            Places[index] = new LayerPlace(op) { Inputs = inputs, Output = outputs[index], HasKernel = false, Host = host };
            return;
        }
        var root = inputs[0].Root;
        Defer(layer);
        int? reader = deferred.TryGetValue(index, out var later) ? later : null;
        if (reader is not null || op.IsView(request.ModeOf(layer)))
        {
            outputs[index] = inputs[0].View(layer.Output);
            readersOfTensor[root] += readers[index] - 1;
            Places[index] = new LayerPlace(op) { Inputs = inputs, Output = outputs[index], HasKernel = false, Reader = reader };
            return;
        }
        var isForwardTaken = false;
        if (MayOverwrite(op, layer, root))
        {
            outputs[index] = inputs[0];
            readersOfTensor[root] = readers[index];
            // The way back sees what the activation gave; what it saw is nowhere kept.
            if (op is Activation own && Places[layer.Inputs[0]] is
                { HasKernel: true, FusedActivation: null, Skip: null, Norm: null, Op.AppliesActivation: true } writer)
                (writer.FusedActivation, isForwardTaken) = (own, true);
        }
        else
        {
            outputs[index] = New(layer.Output, index, readers[index]);
            if (op is Concat) Join(layer);
        }
        var (norm, sum, activation) = TakenAlong(layer);
        foreach (var taken in (Layer?[])[norm, sum, activation])
            if (taken is not null) hosts[taken.Index] = index;
        Places[index] = new LayerPlace(op)
        {
            Inputs = inputs,
            Output = outputs[index],
            FusedActivation = (Activation?)activation?.Op,
            IsForwardTaken = isForwardTaken,
            SourceNorm = sources.TryGetValue(index, out var before) ? before.Norm : null,
            SourceActivation = before.Activation,
            Norm = norm,
            Skip = sum is null ? null : outputs[SkipOf(sum, norm?.Index ?? index)],
        };
    }

    /// <summary>
    /// A normalisation with running statistics, and the activation behind it, whose only reader can apply them itself: what it
    /// reads then is what they would have read.
    /// </summary>
    private void Defer(Layer norm)
    {
        if (norm.Op is not BatchNorm || needsGradient[norm.Index] || request.ModeOf(norm) != ExecutionMode.Evaluation
            || request.KeepsOutputs)
            return;
        var next = OnlyReader(norm);
        var activation = next?.Op is Activation ? next : null;
        var reader = activation is null ? next : OnlyReader(activation);
        if (reader is null || needsGradient[reader.Index] || reader.Op?.TakesSourceNorm(reader.InputShapes) != true) return;
        sources[reader.Index] = (norm, activation);
        deferred[norm.Index] = reader.Index;
        if (activation is not null) deferred[activation.Index] = reader.Index;
    }

    /// <summary>
    /// What is joined is written where it will stand: the memory of an input becomes a part of the joined tensor's, unless it is that of
    /// another one already, or what others fill.
    /// </summary>
    private void Join(Layer layer)
    {
        var whole = outputs[layer.Index];
        var first = 0;
        foreach (var input in layer.Inputs)
        {
            var root = outputs[input].Root;
            if (root != whole && root.Floats == outputs[input].Floats && WriterOf(input) is { Inputs.Count: > 0 })
            {
                readersOfTensor[whole] += readersOfTensor[root] - layer.Inputs.Count(other => outputs[other].Root == root);
                root.MoveInto(whole, first);
                Memory.Join(root, whole);
                joined.Add(whole);
            }
            first += network.Layers[input].Output.Channels;
        }
    }

    private static int SkipOf(Layer sum, int summand) => sum.Inputs.First(input => input != summand);

    /// <summary>
    /// The normalisation, the addition and the activation behind a layer that its kernel does as well, while the numbers are in the cache.
    /// </summary>
    private (Layer? Norm, Layer? Sum, Layer? Activation) TakenAlong(Layer layer)
    {
        // Sums are not kept where something else becomes of them.
        if (layer.Op!.TakesNormAlong && request.KeepsOutputs) return default;
        var norm = layer.Op.TakesNormAlong && OnlyReader(layer) is { Op: BatchNorm } follower && !needsGradient[follower.Index]
            && request.ModeOf(follower) == ExecutionMode.Evaluation ? follower : null;
        var (sum, activation) = TakenAlong(norm ?? layer, layer.Index);
        return (norm, sum, activation);
    }

    private (Layer? Sum, Layer? Activation) TakenAlong(Layer layer, int host)
    {
        var next = OnlyReader(layer);
        var sum = next is not null && layer.Op!.TakesSumAlong(needsGradient[next.Index]) && IsSumBehind(next, layer, host) ? next : null;
        if (sum is not null) next = OnlyReader(sum);
        if (next?.Op is not Activation activation || !layer.Op!.TakesAlong(activation, needsGradient[next.Index])) return (sum, null);
        // The kernel finds again what an activation right behind it saw; behind a sum it has only the output to look at.
        var isFound = sum is null || !needsGradient[next.Index] || !activation.GradientReads.HasFlag(Ops.GradientReads.Input);
        // Nobody may want to see the gradient between the sum and the activation.
        return isFound && !kept[next.Index] || sum is null ? (sum, next) : (sum, null);
    }

    // The host computes the sum when its own turn comes: the other input must be there. Both have a way back, or none has.
    private bool IsSumBehind(Layer sum, Layer layer, int host) =>
        sum is { Op: Add, Inputs.Count: 2 } && !kept[sum.Index] && !request.KeepsOutputs && SkipOf(sum, layer.Index) < host
        && sum.InputShapes.All(shape => shape == sum.Output) && needsGradient[sum.Index] == needsGradient[layer.Index];

    private Layer? OnlyReader(Layer layer) =>
        readers[layer.Index] == 1 && !kept[layer.Index] && request.Reader?.Layers.Contains(layer.Index) != true
            ? network.Layers.Skip(layer.Index + 1).FirstOrDefault(next => next.Inputs.Contains(layer.Index)) : null;

    private bool MayOverwrite(Op op, Layer layer, LaneTensor root)
    {
        if (!op.ForwardInPlace || layer.Inputs.Count != 1 || readersOfTensor[root] != 1 || request.KeepsOutputs) return false;
        var read = request.Reader?.Layers ?? [];
        if (request.KeptLayers.Concat(read).Any(inner => inner < layer.Index && outputs[inner].Root == root)) return false;
        if (request.HasGradients && joined.Contains(root)) return false; // whoever wrote a part of it may want to see it again
        if (WriterOf(layer.Inputs[0]) is not { } writer) return false; // images and targets stay as they were loaded
        // Neither this layer's gradient nor that of whoever wrote the input may look at the old values.
        return !GradientReads(layer, Ops.GradientReads.Input) && !GradientReads(writer, Ops.GradientReads.Output)
            && !(needsGradient[writer.Index] && ReadsOutput(Places[writer.Index]!));
    }

    // What an activation behind a sum saw is found in what it gave.
    private static bool ReadsOutput(LayerPlace place) => place is { Skip: not null, FusedActivation: not null };

    private bool GradientReads(Layer layer, GradientReads what) => needsGradient[layer.Index] && layer.Op!.GradientReads.HasFlag(what);

    // The layer whose kernel wrote the memory, views looked through; null for what is loaded from outside.
    private Layer? WriterOf(int layer)
    {
        while (Places[layer] is { HasKernel: false } place)
            layer = place.Host ?? network.Layers[layer].Inputs[0];
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
            if (kept[i])
            {
                keptGradients[i] = gradient;
                Memory.Touch(gradient, BackwardTime(-1));
            }
            if (place is { Op: Add, Host: { } host })
            {
                PassThroughSum(layer, host, gradient, contributions, time);
                continue;
            }
            var isHandedOn = false;
            var channel = 0;
            for (var k = 0; k < layer.Inputs.Count; channel += layer.InputShapes[k++].Channels)
            {
                var input = layer.Inputs[k];
                if (!needsGradient[input] || !place.Op.HasGradient(k)) continue;
                var part = !place.HasKernel ? gradient.View(network.Layers[input].Output)
                    : place.Op is Concat && !IsKept(gradient) ? gradient.Part(channel, network.Layers[input].Output)
                    : place.Skip is not null ? OfSummand(place, layer, time)
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
            if ((place.Op.GradientReads.HasFlag(Ops.GradientReads.Output) && place.FusedActivation is null) || ReadsOutput(place))
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

    /// <summary>
    /// The gradient of a sum goes to both summands. It is made where the kernel of the one carries what arrives through the activation: in
    /// the same memory, unless that is kept. Where two parts arrive the kernel adds them, so that they need no pass of their own.
    /// </summary>
    private void PassThroughSum(Layer sum, int host, LaneTensor gradient, List<LaneTensor>[] contributions, int time)
    {
        var (place, skip) = (Places[host]!, SkipOf(sum, host));
        var last = Places.Last(other => other?.Host == host)!;
        if (last.GradientParts.Count == 2)
        {
            (place.OtherGradient, last.GradientParts) = (last.GradientParts[1], []);
            Memory.Touch(place.OtherGradient, BackwardTime(host));
        }
        place.SumGradient = IsKept(gradient) ? New(sum.Output, time, 0) : gradient;
        Memory.Touch(place.SumGradient, BackwardTime(host));
        contributions[host].Add(gradient);
        if (!needsGradient[skip]) return;
        contributions[skip].Add(place.SumGradient);
    }

    // In place of the sum's gradient, unless the other summand takes that.
    private LaneTensor OfSummand(LayerPlace place, Layer layer, int time)
    {
        var sum = network.Layers[Array.FindIndex(Places, other => other is { Op: Add } && other.Host == layer.Index)];
        return needsGradient[SkipOf(sum, layer.Index)] || IsKept(place.SumGradient!) ? New(layer.InputShapes[0], time, 0) : place.SumGradient!;
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

    private bool IsKept(LaneTensor gradient) => keptGradients.Values.Any(own => own.Root == gradient.Root);

    /// <summary>Parts are added into the first, which must not be a view of a kept gradient. Only one can be: a view is kept alone.</summary>
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
