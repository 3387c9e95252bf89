using System.Text;

namespace FeatureMap.Interchange;

/// <summary>
/// The tensors of a file of PyTorch's <c>torch.save</c>, in both of its formats. Nothing of the file is executed (<see
/// cref="PickleInterpreter"/>).
/// <list type="bullet">
/// <item>Since PyTorch 1.6 a zip archive: <c>NAME/data.pkl</c> is a pickle of the object, <c>NAME/data/KEY</c> the numbers of a storage,
/// <c>NAME/byteorder</c> their byte order, little endian where it is missing.</item>
/// <item>Before, and with <c>_use_new_zipfile_serialization=False</c>, five pickles (a number that is the mark of the format, its
/// version, facts of the machine, the object, the keys of the storages), then for each key how many numbers there are in 8 bytes, and
/// the numbers.</item>
/// </list>
/// Source: <c>torch/serialization.py</c> of PyTorch.
/// </summary>
internal sealed class TorchFile
{
    /// <summary>How many bytes decide of which format a file is.</summary>
    public const int HeadLength = 16;

    private const int Version = 1001, MostOverlap = 8, Least = 1 << 16;

    // Protocol 2, the whole number 0x1950A86A20F9469CFC6C of ten bytes, stop.
    private static readonly byte[] Magic = [0x80, 2, 0x8A, 10, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, (byte)'.'];

    private readonly TorchContent content;
    private readonly Dictionary<string, TorchStorage> storages = new(StringComparer.Ordinal);

    private TorchFile(TorchContent content) => this.content = content;

    /// <summary>
    /// Whether a file is one of <c>torch.save</c>, or of pickle at least, by its first bytes. A safetensors file begins with the length
    /// of its header, at most 100,000,000 in 8 bytes, and a brace.
    /// </summary>
    public static bool Is(ReadOnlySpan<byte> head) => head.StartsWith(Magic)
        || (head.Length > 8 && head[8] != (byte)'{' && (IsZip(head) || IsPickle(head)));

    /// <summary>The tensors of a file.</summary>
    /// <param name="stream">Can seek; read from its position to its end, where it stands then.</param>
    /// <param name="source">What error messages call it.</param>
    /// <param name="part">The entry of the file that holds the tensors; null to have it chosen, see <see cref="TorchParts"/>.</param>
    /// <exception cref="DataException">The file is damaged or holds more than weights, or which of its entries is meant is not
    /// clear.</exception>
    public static (IReadOnlyList<SafetensorsEntry> Tensors, string? Part) Read(Stream stream, string source, string? part)
    {
        var content = new TorchContent(stream, source);
        var head = content.Read(0, Math.Min(content.Length, HeadLength));
        var file = new TorchFile(content);
        var (root, numbers) = IsZip(head) ? file.ReadArchive() : file.ReadLegacy(head);
        var (tensors, chosen) = TorchParts.Choose(content.Source, root, part);
        var loaded = file.Load(tensors, numbers);
        content.Finish();
        return (loaded, chosen);
    }

    private static bool IsZip(ReadOnlySpan<byte> head) => head is [(byte)'P', (byte)'K', 3, 4, ..];

    private static bool IsPickle(ReadOnlySpan<byte> head) => head is [0x80, < 6, > 31, ..];

    private (object? Root, Func<TorchStorage, byte[]> Numbers) ReadArchive()
    {
        const string pickle = "/data.pkl";
        var archive = new TorchArchive(content);
        var roots = archive.Names.Where(name => name.EndsWith(pickle, StringComparison.Ordinal)
            && name.IndexOf('/', StringComparison.Ordinal) == name.Length - pickle.Length)
            .Select(name => name[..^pickle.Length]).ToList();
        if (roots is not [var stem])
            throw new DataException($"{content.Source} is a zip archive with {roots.Count} files NAME/data.pkl, and a file of torch.save "
                + "has one. Give the file that torch.save wrote; if it is packed in another archive, unpack that first.");
        if (archive.LengthOf($"{stem}/constants.pkl") >= 0)
            throw new DataException($"{content.Source} is a file of TorchScript, which holds programs beside the weights, and is not "
                + "read. Save the weights alone in Python: torch.save(torch.jit.load(FILE, map_location=\"cpu\").state_dict(), "
                + "\"weights.pth\").");
        var order = archive.LengthOf($"{stem}/byteorder") < 0 ? "little" : Encoding.UTF8.GetString(archive.Read($"{stem}/byteorder"));
        if (order is not ("little" or "big"))
            throw content.Broken($"its byte order is '{TorchContent.Shown(order)}'; little or big was expected");
        // Reading checks the checksum.
        _ = archive.Read(stem + pickle);
        var begin = archive.PlaceOf(stem + pickle);
        var bytes = new PickleBytes(content, begin, begin + archive.LengthOf(stem + pickle)) { Origin = begin };
        return (PickleInterpreter.Run(bytes, identity => Storage(identity, 5)), Numbers);

        byte[] Numbers(TorchStorage storage)
        {
            var name = $"{stem}/data/{storage.Key}";
            CheckLength(storage, archive.LengthOf(name));
            var numbers = archive.Read(name);
            if (order == "big")
                for (var at = 0; at < numbers.Length; at += storage.Size) Array.Reverse(numbers, at, storage.Size);
            return numbers;
        }
    }

    private (object? Root, Func<TorchStorage, byte[]> Numbers) ReadLegacy(ReadOnlySpan<byte> head)
    {
        if (!head.StartsWith(Magic))
            throw new DataException($"{content.Source} is a pickle, but none of torch.save: its first bytes are "
                + $"{Convert.ToHexString(head)}. A pickle is a program, which is not run here. Save the weights in Python: "
                + "torch.save(model.state_dict(), \"weights.pth\").");
        var bytes = new PickleBytes(content, Magic.Length, content.Length);
        object? Next() => PickleInterpreter.Run(bytes, identity => Storage(identity, 6));
        if (Next() is not (long and Version))
            throw content.Broken($"it is of another version of its format than {Version:N0}");
        if (Next() is PickleDictionary facts && facts.Items.Exists(fact => fact is ("little_endian", false)))
            throw new DataException($"{content.Source} was written on a machine with big-endian numbers, in the format of before PyTorch "
                + "1.6, and is not read. Save it again on a machine with little-endian numbers.");
        var root = Next();
        if (Next() is not List<object?> keys) throw content.Broken("the list of its storages is missing");
        var places = new Dictionary<string, long>(StringComparer.Ordinal);
        var at = bytes.Position;
        foreach (var one in keys)
        {
            if (one is not string key || !storages.TryGetValue(key, out var storage))
                throw content.Broken($"the list of its storages has '{TorchContent.Shown($"{one}")}', which no tensor lies in");
            var count = BitConverter.ToInt64(content.Read(at, 8));
            if (count != storage.Count || count > (content.Length - at - 8) / storage.Size || !places.TryAdd(key, at + 8))
                throw content.Broken($"storage '{TorchContent.Shown(key)}' at byte {at:N0} is said to have {count:N0} numbers; "
                    + $"{storage.Count:N0} of {storage.Size} bytes were expected, and {Math.Max(0, content.Length - at - 8):N0} bytes "
                    + "follow");
            at += 8 + count * storage.Size;
        }
        if (at != content.Length) throw content.Broken($"it has {content.Length:N0} bytes, and its last storage ends at {at:N0}");
        return (root, Numbers);

        byte[] Numbers(TorchStorage storage) => places.TryGetValue(storage.Key, out var place)
            ? content.Read(place, storage.Count * storage.Size)
            : throw content.Broken($"storage '{TorchContent.Shown(storage.Key)}' is not in its list of storages");
    }

    /// <summary>A storage of its persistent id: the word, the type, the key, where it lay, how many numbers; before PyTorch 1.6 a window
    /// of it too.</summary>
    private TorchStorage Storage(object? identity, int fields)
    {
        if (identity is not object?[] tuple || tuple.Length != fields
            || tuple is not ["storage", PickleName { Kind: PickleNameKind.Storage } type, string key, string, long count, .. var view])
            throw content.Broken($"its pickle names something outside of itself that is no storage of {fields} fields");
        var known = new TorchStorage(key, type.StoredType, count, 0, count);
        if (!storages.TryAdd(key, known) && storages[key] != known)
            throw content.Broken($"its pickle has two storages '{TorchContent.Shown(key)}' of other types or sizes");
        if (count < 0 || count > content.Length / known.Size)
            throw content.Broken($"storage '{TorchContent.Shown(key)}' is said to have {count:N0} numbers of {known.Size} bytes, and the "
                + $"file has {content.Length:N0} bytes");
        return view switch
        {
            [] or [null] => known,
            [object?[] and [_, long begin, long length]] when begin >= 0 && length >= 0 && begin <= count - length =>
                known with { ViewBegin = begin, ViewCount = length },
            _ => throw content.Broken($"the window of storage '{TorchContent.Shown(key)}' is not inside of it"),
        };
    }

    private void CheckLength(TorchStorage storage, long length)
    {
        if (length < 0) throw content.Broken($"the numbers of storage '{TorchContent.Shown(storage.Key)}' are missing");
        if (length != storage.Count * storage.Size)
            throw content.Broken($"storage '{TorchContent.Shown(storage.Key)}' has {length:N0} bytes; {storage.Count:N0} x "
                + $"{storage.Size} = {storage.Count * storage.Size:N0} were expected");
    }

    /// <summary>Everything is checked before the first number is read; then each storage is read once.</summary>
    private SafetensorsEntry[] Load(IReadOnlyList<(string Name, TensorView View)> tensors, Func<TorchStorage, byte[]> numbers)
    {
        var total = 0L;
        foreach (var view in tensors.Select(tensor => tensor.View).Distinct())
        {
            var (bytes, wrong) = view.Check();
            if (wrong is not null)
                throw content.Broken($"tensor '{TorchContent.Shown(tensors.First(tensor => tensor.View == view).Name)}': {wrong}");
            total += bytes;
            if (total > Least + MostOverlap * content.Length)
                throw new DataException($"{content.Source} has tensors of more than {Least + MostOverlap * content.Length:N0} bytes in a "
                    + $"file of {content.Length:N0}: they overlap more than {MostOverlap} times. Save them with .clone().");
        }
        var loaded = new SafetensorsEntry[tensors.Count];
        foreach (var group in Enumerable.Range(0, tensors.Count).GroupBy(i => tensors[i].View.Storage.Key))
        {
            var first = tensors[group.First()].View.Storage;
            var bytes = first.Count == 0 ? [] : numbers(first);
            foreach (var i in group)
                loaded[i] = tensors[i].View.Load(tensors[i].Name, bytes);
        }
        return loaded;
    }
}
