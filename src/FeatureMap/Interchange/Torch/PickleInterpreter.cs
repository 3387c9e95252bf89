namespace FeatureMap.Interchange;

/// <summary>A dictionary of a pickle: pairs in their order, as nothing is looked up by key before a part of it is chosen.</summary>
internal sealed class PickleDictionary
{
    /// <summary>Whether it was made by <c>collections.OrderedDict</c>, which alone may carry further state (the versions of
    /// modules).</summary>
    public bool IsOrdered { get; init; }

    public List<(object? Key, object? Value)> Items { get; } = [];
}

/// <summary>
/// Reads one pickle. A pickle is a program for a stack machine that builds Python objects; this machine knows the instructions that build
/// dictionaries, lists, tuples, numbers, texts and tensors (<see cref="PickleOpcode"/>) and no names but those of <see cref="PickleName"/>.
/// It calls nothing and loads nothing: the names are words of a table, and a tensor is a note of where its numbers lie. Values are never
/// walked, so that ones which hold themselves do no harm; how many there can be is limited.
/// Source: the comments of Python's <c>pickletools.py</c>, which define each instruction.
/// </summary>
internal sealed class PickleInterpreter
{
    private const int MostInstructions = 4_000_000, MostMarks = 64, MostNames = 1_000_000, MostDimensions = 16;

    private readonly PickleBytes bytes;
    private readonly Func<object?, TorchStorage> storage;
    private readonly List<object?> stack = [];
    private readonly List<int> marks = [];
    private readonly Dictionary<uint, object?> memo = [];
    private long place;

    private PickleInterpreter(PickleBytes bytes, Func<object?, TorchStorage> storage) => (this.bytes, this.storage) = (bytes, storage);

    /// <summary>The value that a pickle leaves behind; the bytes stand behind its STOP then.</summary>
    /// <param name="bytes">Where it begins.</param>
    /// <param name="storage">Makes a storage of a persistent id, which is a tuple.</param>
    /// <returns>Null, <c>bool</c>, <c>long</c>, <see cref="System.Numerics.BigInteger"/>, <c>double</c>, <c>string</c>, <c>object?[]</c>
    /// for a tuple, a list, a <see cref="PickleDictionary"/>, a <see cref="TensorView"/>, a <see cref="TorchStorage"/> or a
    /// <see cref="PickleName"/>.</returns>
    /// <exception cref="DataException">The pickle is damaged, or needs more than is known here.</exception>
    public static object? Run(PickleBytes bytes, Func<object?, TorchStorage> storage) => new PickleInterpreter(bytes, storage).Run();

    private object? Run()
    {
        for (var count = 0; count < MostInstructions; count++)
        {
            place = bytes.Position;
            var code = (PickleOpcode)bytes.Byte();
            if ((code == PickleOpcode.Protocol) != (count == 0))
                throw Broken(count == 0 ? "begins without the number of its protocol" : "has the number of its protocol twice");
            if (code == PickleOpcode.Stop)
                return stack.Count == 1 && marks.Count == 0 ? stack[0] : throw Broken("stops with something unfinished");
            Step(code);
        }
        throw new DataException($"{bytes.Content.Source} has a pickle of more than {MostInstructions:N0} instructions, and a state dict "
            + "needs some 30 for each tensor. Save the weights alone: torch.save(model.state_dict(), \"weights.pth\").");
    }

    private void Step(PickleOpcode code)
    {
        switch (code)
        {
            case PickleOpcode.Protocol: CheckProtocol(bytes.Byte()); break;
            case PickleOpcode.Mark: PushMark(); break;
            case PickleOpcode.None: stack.Add(null); break;
            case PickleOpcode.NewTrue: stack.Add(true); break;
            case PickleOpcode.NewFalse: stack.Add(false); break;
            case PickleOpcode.BinaryInt: stack.Add((long)(int)bytes.Number(4)); break;
            case PickleOpcode.BinaryInt1: stack.Add((long)bytes.Number(1)); break;
            case PickleOpcode.BinaryInt2: stack.Add((long)bytes.Number(2)); break;
            case PickleOpcode.Long1: stack.Add(bytes.Long()); break;
            case PickleOpcode.BinaryFloat: stack.Add(bytes.Real()); break;
            case PickleOpcode.BinaryUnicode: stack.Add(bytes.Text(bytes.Number(4))); break;
            case PickleOpcode.EmptyDictionary: stack.Add(new PickleDictionary()); break;
            case PickleOpcode.EmptyList: stack.Add(new List<object?>()); break;
            case PickleOpcode.EmptyTuple: stack.Add(Array.Empty<object?>()); break;
            case PickleOpcode.Tuple: stack.Add(PopMark()); break;
            case PickleOpcode.Tuple1: stack.Add(Popped(1)); break;
            case PickleOpcode.Tuple2: stack.Add(Popped(2)); break;
            case PickleOpcode.Tuple3: stack.Add(Popped(3)); break;
            case PickleOpcode.Append: AddTo(Popped(1)); break;
            case PickleOpcode.Appends: AddTo(PopMark()); break;
            case PickleOpcode.SetItem: SetIn(Popped(2)); break;
            case PickleOpcode.SetItems: SetIn(PopMark()); break;
            case PickleOpcode.BinaryPut: Put(bytes.Number(1)); break;
            case PickleOpcode.LongBinaryPut: Put(bytes.Number(4)); break;
            case PickleOpcode.BinaryGet: Get(bytes.Number(1)); break;
            case PickleOpcode.LongBinaryGet: Get(bytes.Number(4)); break;
            case PickleOpcode.Global: stack.Add(Named()); break;
            case PickleOpcode.Reduce: Call(Popped(2)); break;
            case PickleOpcode.Build: Build(Popped(2)); break;
            case PickleOpcode.BinaryPersistentId: stack.Add(storage(Popped(1)[0])); break;
            default:
                throw new DataException($"{bytes.Content.Source} has the instruction 0x{(byte)code:X2} at byte {place:N0} of its pickle, "
                    + "which a state dict does not need, so it is not read: the file is damaged, or it holds more than weights. Save "
                    + "the weights alone: torch.save(model.state_dict(), \"weights.pth\").");
        }
    }

    private void CheckProtocol(byte protocol)
    {
        if (protocol != 2)
            throw new DataException($"{bytes.Content.Source} is written with pickle protocol {protocol}; protocol 2 was expected, which "
                + "torch.save writes by itself. Save it again without pickle_protocol.");
    }

    /// <summary>The name of a function or a type: one of the table, or the end.</summary>
    private PickleName Named()
    {
        var (module, name) = (bytes.Line(), bytes.Line());
        return PickleName.Find(module, name) ?? throw new DataException(
            $"{bytes.Content.Source} names {TorchContent.Shown($"{module}.{name}")} at byte {place:N0} of its pickle. That would be a "
                + "program to run, and nothing of a file is run here: expected were only OrderedDict, tensors and their storages, which "
                + "are all that a state dict needs. If the file is yours, save its weights alone: torch.save(model.state_dict(), "
                + "\"weights.pth\"); if not, do not open it with anything that runs it.");
    }

    private void Call(object?[] call)
    {
        if (call is not [PickleName name, object?[] arguments])
            throw Broken("calls something that is no name, or without a tuple of arguments");
        stack.Add((name.Kind, arguments) switch
        {
            (PickleNameKind.OrderedDictionary, []) => new PickleDictionary { IsOrdered = true },
            (PickleNameKind.Tensor, [TorchStorage from, long offset, object?[] sizes, object?[] strides]) =>
                View(from, offset, sizes, strides),
            (PickleNameKind.FlaggedTensor, [TorchStorage from, long offset, object?[] sizes, object?[] strides, bool, _, .. var flags])
                when flags is [] or [null] or [PickleDictionary { Items.Count: 0 }] => View(from, offset, sizes, strides),
            (PickleNameKind.FlaggedTensor, [_, _, _, _, _, _, PickleDictionary]) => throw new DataException(
                $"{bytes.Content.Source} has a tensor with flags at byte {place:N0} of its pickle: its numbers are to be negated or "
                + "conjugated when they are read, which is not done here. Save it with .resolve_neg() or .clone()."),
            (PickleNameKind.Parameter, [TensorView tensor, bool, _]) => tensor,
            _ => throw Broken($"calls {name.FullName} with {arguments.Length} arguments that it does not take"),
        });
    }

    private TensorView View(TorchStorage from, long offset, object?[] sizes, object?[] strides)
    {
        if (sizes.Length != strides.Length || sizes.Length > MostDimensions)
            throw Broken($"has a tensor of {sizes.Length} sizes and {strides.Length} strides; as many of both were expected, "
                + $"{MostDimensions} at most");
        return new TensorView(from, offset, Array.ConvertAll(sizes, Whole), Array.ConvertAll(strides, Whole));
    }

    private long Whole(object? value) => value is long number ? number : throw Broken("has a size that is no whole number");

    /// <summary>State behind a dictionary: the versions of the modules, of no use for weights.</summary>
    private void Build(object?[] popped)
    {
        if (popped[0] is not PickleDictionary { IsOrdered: true })
            throw Broken("sets the state of something that is no OrderedDict");
        stack.Add(popped[0]);
    }

    private void AddTo(object?[] values)
    {
        if (Top() is not List<object?> list) throw Broken("appends to something that is no list");
        list.AddRange(values);
    }

    private void SetIn(object?[] values)
    {
        if (Top() is not PickleDictionary dictionary || values.Length % 2 != 0)
            throw Broken("sets items of something that is no dictionary, or a key without a value");
        for (var i = 0; i < values.Length; i += 2)
            dictionary.Items.Add((values[i], values[i + 1]));
    }

    private void Put(uint name)
    {
        if (memo.Count == MostNames) throw Broken($"remembers more than {MostNames:N0} values");
        memo[name] = Top();
    }

    private void Get(uint name) =>
        stack.Add(memo.TryGetValue(name, out var value) ? value : throw Broken($"asks for its value {name:N0}, which it did not keep"));

    private void PushMark()
    {
        if (marks.Count == MostMarks) throw Broken($"nests deeper than {MostMarks}");
        marks.Add(stack.Count);
    }

    private object?[] PopMark()
    {
        if (marks.Count == 0) throw Broken("ends a group that it did not begin");
        var begin = marks[^1];
        marks.RemoveAt(marks.Count - 1);
        return Popped(stack.Count - begin);
    }

    // Nothing below the last mark can be taken.
    private object?[] Popped(int count)
    {
        if (stack.Count - count < Floor) throw Broken("takes more from its stack than is there");
        object?[] values = [.. stack[^count..]];
        stack.RemoveRange(stack.Count - count, count);
        return values;
    }

    private object? Top() => stack.Count > Floor ? stack[^1] : throw Broken("takes more from its stack than is there");

    private int Floor => marks.Count == 0 ? 0 : marks[^1];

    private DataException Broken(string what) => bytes.Content.Broken($"its pickle {what}, at byte {place:N0}");
}
