using System.Text.Json;
using FeatureMap.Networks;
using FeatureMap.Ops;

namespace FeatureMap.Interchange;

public static partial class NetworkFile
{
    private const int MostChannels = 1_000_000, LargestSide = 1_000_000, MostInputs = MaximumLayers, MostNumbers = Constant.MaximumCount;
    private static readonly string[] LayerKeys = ["name", "op", "inputs", "settings"];

    private static readonly Dictionary<string, CatalogueEntry> KnownOps =
        OpCatalogue.Entries.Where(entry => !entry.Type.IsSubclassOf(typeof(TargetOp))).ToDictionary(entry => entry.Type.Name, StringComparer.Ordinal);

    private static Network Read(ReadOnlyMemory<byte> bytes, string source)
    {
        try
        {
            return StrictJson.Parse(bytes, new NetworkReading(source).Network);
        }
        catch (JsonException error)
        {
            throw new DataException($"{source} is not a network description: {error.Message.TrimEnd('.')}.", error);
        }
        catch (OverflowException error)
        {
            throw new DataException($"{source} describes a network that no machine can run: its multiply-adds do not fit 63 bits.", error);
        }
    }

    /// <summary>One reading of one text.</summary>
    private sealed class NetworkReading(string source)
    {
        private readonly Dictionary<string, Feature> features = [];
        private readonly HashSet<string> read = [];

        public Network Network(JsonElement root)
        {
            Expect(root, JsonValueKind.Object, "", "an object { \"format\": ..., \"version\": ..., \"input\": ..., \"layers\": [...] }");
            OnlyKeys(root, "", ["format", "version", "input", "layers"]);
            var format = Text(Get(root, "format", ""), "format");
            if (format != FormatName)
                throw Wrong("", $"the format is \"{Shown(format)}\"; \"{FormatName}\" was expected");
            var version = Whole(Get(root, "version", ""), "version", 1, int.MaxValue);
            if (version != FormatVersion)
                throw Wrong("", $"it has version {version} of the format, and this release reads version {FormatVersion}; use a release that is as new as the one that wrote it");
            var layers = Get(root, "layers", "");
            Expect(layers, JsonValueKind.Array, "layers", "a list of layers");
            var count = layers.GetArrayLength();
            if (count > MaximumLayers)
                throw Wrong("layers", $"there are {count:N0} layers; at most {MaximumLayers:N0} are read");
            NetworkBuilder builder;
            try
            {
                builder = new NetworkBuilder(InputShape(Get(root, "input", "")));
            }
            catch (ShapeException error)
            {
                throw new DataException($"{source}, input: {error.Message}", error);
            }
            features["input"] = builder.FeatureOf(0);
            var last = builder.FeatureOf(0);
            var index = 0;
            foreach (var layer in layers.EnumerateArray())
                last = Layer(builder, layer, ++index, layers);
            if (features.Keys.FirstOrDefault(name => name != "input" && !read.Contains(name) && features[name] != last) is { } idle)
                throw Wrong("layers", $"layer '{idle}' is read by nobody and is not the last one, which is the network's output; remove it, or let a later layer read it");
            return builder.Finish(last);
        }

        private Shape InputShape(JsonElement input)
        {
            Expect(input, JsonValueKind.Object, "input", "an object { \"channels\": ..., \"height\": ..., \"width\": ... }");
            OnlyKeys(input, "input", ["channels", "height", "width"]);
            int Size(string name, int most) => Whole(Get(input, name, "input"), $"input, {name}", 1, most);
            return new Shape(Size("channels", MostChannels), Size("height", LargestSide), Size("width", LargestSide));
        }

        private Feature Layer(NetworkBuilder builder, JsonElement layer, int index, JsonElement all)
        {
            var place = $"layer {index}";
            Expect(layer, JsonValueKind.Object, place, "an object { \"name\": ..., \"op\": ..., \"inputs\": [...], \"settings\": {...} }");
            OnlyKeys(layer, place, LayerKeys);
            var name = Text(Get(layer, "name", place), $"{place}, name");
            place = $"{place} '{Shown(name)}'";
            if (name.Length > NetworkBuilder.LongestName)
                throw Wrong(place, $"the name has {name.Length:N0} characters; at most {NetworkBuilder.LongestName:N0} are allowed");
            if (features.ContainsKey(name))
                throw Wrong(place, $"the name '{Shown(name)}' is taken by {(name == "input" ? "the network's input" : "an earlier layer")}; names must be unique, because weights are stored under them");
            var op = Made(layer, place);
            var inputs = Inputs(Get(layer, "inputs", place), place, name, all);
            try
            {
                return features[name] = builder.Add(op, name, inputs);
            }
            catch (FeatureMapException error) when (error is ShapeException or UsageException)
            {
                throw new DataException($"{source}: {error.Message}", error);
            }
        }

        private Op Made(JsonElement layer, string place)
        {
            var name = Text(Get(layer, "op", place), $"{place}, op");
            if (!KnownOps.TryGetValue(name, out var entry))
                throw Wrong(place, $"there is no op '{Shown(name)}'", NearestName.Suggest(name, KnownOps.Keys));
            var settings = Get(layer, "settings", place);
            Expect(settings, JsonValueKind.Object, $"{place}, settings", "an object, which may be empty: {}");
            var values = new Dictionary<string, object>();
            foreach (var setting in settings.EnumerateObject())
                values[setting.Name] = Value(setting.Value, $"{place}, setting '{Shown(setting.Name)}'");
            try
            {
                var reader = new OpSettings(name, values);
                var op = entry.FromSettings(reader);
                reader.Finish();
                return op;
            }
            catch (FeatureMapException error)
            {
                throw new DataException($"{source}, {place}: {error.Message}", error);
            }
        }

        private Feature[] Inputs(JsonElement inputs, string place, string name, JsonElement all)
        {
            Expect(inputs, JsonValueKind.Array, $"{place}, inputs", "a list of layer names, such as [\"input\"]");
            if (inputs.GetArrayLength() > MostInputs)
                throw Wrong($"{place}, inputs", $"there are {inputs.GetArrayLength():N0} names; a layer reads at most "
                    + $"{MostInputs:N0} others");
            var found = new List<Feature>();
            foreach (var element in inputs.EnumerateArray())
            {
                var input = Text(element, $"{place}, inputs");
                if (!features.TryGetValue(input, out var feature))
                    throw Missing(place, name, input, all);
                read.Add(input);
                found.Add(feature);
            }
            return [.. found];
        }

        private DataException Missing(string place, string name, string input, JsonElement all)
        {
            if (input == name)
                return Wrong(place, "it reads itself; a network has no cycles, so a layer reads only layers before it");
            var comesLater = all.EnumerateArray().Any(layer => layer.ValueKind == JsonValueKind.Object && layer.TryGetProperty("name", out var other) && other.ValueKind == JsonValueKind.String && other.ValueEquals(input));
            return comesLater
                ? Wrong(place, $"it reads '{Shown(input)}', which comes later; a network has no cycles, so a layer reads only layers before it")
                : Wrong(place, $"it reads '{Shown(input)}', and there is no such layer", NearestName.Suggest(input, features.Keys));
        }

        private object Value(JsonElement value, string place) => value.ValueKind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            JsonValueKind.String => Special(value) is { } number ? (object)number : Text(value, place),
            JsonValueKind.Number => value.TryGetInt32(out var whole) ? (object)whole : Real(value, place),
            JsonValueKind.Array when value.GetArrayLength() <= MostNumbers => Numbers(value, place),
            JsonValueKind.Array => throw Wrong(place, $"the list has {value.GetArrayLength():N0} numbers; at most {MostNumbers:N0} belong "
                + "to any setting"),
            var kind => throw Wrong(place, $"a number, true, false, a text or a list of numbers was expected: received {Kind(kind)}"),
        };

        // Whole numbers where all of them are, as for sizes; real ones as soon as one of them is not.
        private object Numbers(JsonElement list, string place)
        {
            var items = list.EnumerateArray().ToList();
            foreach (var item in items)
                if (Special(item) is null) Expect(item, JsonValueKind.Number, place, "a list of numbers");
            return items.TrueForAll(item => item.ValueKind == JsonValueKind.Number && item.TryGetInt32(out _))
                ? items.ConvertAll(item => item.GetInt32()).ToArray()
                : items.ConvertAll(item => Special(item) ?? Real(item, place)).ToArray();
        }

        /// <summary>
        /// A number that is written as a text because JSON has none for it; whether a setting may be such a number is for its op to say.
        /// </summary>
        private static double? Special(JsonElement value)
        {
            foreach (var (name, number) in NotFinite)
                if (value.ValueKind == JsonValueKind.String && value.ValueEquals(name))
                    return number;
            return null;
        }

        private double Real(JsonElement value, string place) =>
            value.TryGetDouble(out var real) && double.IsFinite(real) ? real : throw Wrong(place, $"the number {Shown(value.GetRawText())} is too large");

        private int Whole(JsonElement value, string place, int least, int most) =>
            value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var whole) && whole >= least && whole <= most
                ? whole
                : throw Wrong(place, $"a whole number from {least:N0} to {most:N0} was expected: received {Shown(value.GetRawText())}");

        private string Text(JsonElement value, string place)
        {
            Expect(value, JsonValueKind.String, place, "a text");
            return value.GetString()!;
        }

        private JsonElement Get(JsonElement parent, string key, string place) =>
            parent.TryGetProperty(key, out var value) ? value : throw Wrong(place, $"\"{key}\" is missing");

        private void OnlyKeys(JsonElement parent, string place, string[] keys)
        {
            foreach (var property in parent.EnumerateObject())
                if (!keys.Contains(property.Name))
                    throw Wrong(place, $"there is no \"{Shown(property.Name)}\" here", NearestName.Suggest(property.Name, keys));
        }

        private void Expect(JsonElement value, JsonValueKind kind, string place, string expected)
        {
            if (value.ValueKind != kind)
                throw Wrong(place, $"{expected} was expected: received {Kind(value.ValueKind)}");
        }

        private DataException Wrong(string place, string what, string hint = "") => new($"{source}{(place.Length > 0 ? $", {place}" : "")}: {what}.{hint}");

        private static string Kind(JsonValueKind kind) => kind switch
        {
            JsonValueKind.Object => "an object",
            JsonValueKind.Array => "a list",
            JsonValueKind.String => "a text",
            JsonValueKind.Number => "a number",
            JsonValueKind.Null => "null",
            _ => "true or false",
        };

        private static string Shown(string text) => text.Length <= 60 ? text : text[..60] + "...";
    }
}
