using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using FeatureMap.Data;
using FeatureMap.Interchange;
using FeatureMap.Tests.Interchange;
using FeatureMap.Tests.Training;
using FeatureMap.Training;
using FeatureMap.Zoo;
using Xunit;

namespace FeatureMap.Tests.Storage;

/// <summary>Every reader of JSON alike: whatever stands in the file, it is read or refused with an error that names the file.</summary>
public sealed class JsonReadersTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void The_configuration_of_a_run() => Check(Configuration(), json => RunConfiguration.Parse(json, "config.json"), "config.json");

    [Fact]
    public void The_configuration_of_a_lab()
    {
        var json = new LabConfiguration { Lab = Labs.All[0], Settings = LabSettings.Of(Labs.All[0]), Folders = ["/data"] }.ToJson();
        Check(json, text => LabConfiguration.Parse(text, "lab.json"), "lab.json");
    }

    [Fact]
    public void The_files_of_both_on_the_disk()
    {
        var run = RunFolder.Create(folder.Location, "r", configuration: Configuration());
        Check(Configuration(), json => Written(run.ConfigPath, json, () => RunConfiguration.Read(run)), "config.json", surrogates: false,
            few: true);
        File.WriteAllText(run.ConfigPath, "\uFEFF" + Configuration(), new UTF8Encoding(true));
        Assert.Equal("mnist-20k", RunConfiguration.Read(run).Recipe);
    }

    [Fact]
    public void A_network() =>
        Check(NetworkFile.ToJson(SampleNetworks.Plain()), json => NetworkFile.Parse(json, "network.json"), "network.json");

    [Fact]
    public void A_row_of_a_log() => Check(
        LogFormat.Json(RunLogTests.Epoch(3) with { Metric = new MetricInfo("iou", "%", true) }), json => Written(folder["log.jsonl"],
            json.ReplaceLineEndings(" ") + "\n", () => RunLog.Read(folder.Location)), "log.jsonl", surrogates: false);

    [Fact]
    public void The_measurements_of_a_lab()
    {
        var kept = new LabMeasurements(folder.Location);
        kept.Set("number", 0.5);
        kept.Set("numbers", new[] { 1, double.NaN, 3 });
        kept.Set("tuples", new[] { ("a", 1.5), ("b", double.PositiveInfinity) });
        kept.Set("records", new List<Score> { new("a", 1), new("b", 2) });
        kept.Set("some", new List<double?> { 1, null });
        var json = File.ReadAllText(folder[LabMeasurements.FileName]);
        object Read(string text) => Written(folder[LabMeasurements.FileName], text, () =>
        {
            var again = new LabMeasurements(folder.Location);
            var records = again.Has("records") ? again.Get<List<Score>>("records") : [];
            Assert.All(records, record => Assert.NotNull(record.Name));
            if (again.Has("number")) again.Get<double>("number");
            if (again.Has("numbers")) again.Get<double[]>("numbers");
            Assert.All(again.Has("tuples") ? again.Get<(string, double)[]>("tuples") : [], tuple => Assert.NotNull(tuple.Item1));
            if (again.Has("some")) again.Get<List<double?>>("some");
            return again.All;
        });
        Read(json);
        Check(json, Read, LabMeasurements.FileName, surrogates: false);
        Assert.Equal(
            $"{folder[LabMeasurements.FileName]}: 'tuples' is not what this program writes there (the value is of another kind). Remove "
                + "the file: the lab measures again.",
            Assert.Throws<DataException>(() => Read("{\"tuples\":[{\"item1\":\"a\"}]}")).Message);
        Assert.EndsWith(" Remove the file: the lab "
            + "measures again.", Assert.Throws<DataException>(() => Read("{\"a\":1,\"a\":2}")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Lists_in_the_metadata_of_models()
    {
        foreach (var json in (string[])["[\"cat\",\"d\\u00f6g\"]", "[0.5,1]"])
        {
            var isNames = json[1] == '"';
            foreach (var text in HostileJson.Changed(json).Concat(HostileJson.Changed($"{{\"a\":{json}}}")).Append(new string('[',
                100_000)).Append(json + ",").Append(json.Replace("]", ",]", StringComparison.Ordinal)))
            {
                var error = Record.Exception(() => isNames ? MetadataList.Names(text, "key", "model.safetensors")
                    : (object)MetadataList.Numbers(text, "key", "model.safetensors"));
                if (error is not null) Assert.Equal("'key' in the metadata of model.safetensors is not "
                    + $"{(isNames ? "a list of names" : "a list of numbers")}.", Assert.IsType<DataException>(error).Message);
            }
        }
        Assert.Equal([1, 0.5], MetadataList.Numbers("[1,0.5]", "k", "s"));
        Assert.Throws<DataException>(() => MetadataList.Numbers("[1e999]", "k", "s"));
        Assert.Throws<DataException>(() => MetadataList.Names("[\"\\ud800\"]", "k", "s"));
    }

    [Fact]
    public void The_header_of_safetensors() => Check(
        "{\"__metadata__\":{\"a\":\"b\"},\"w\":{\"dtype\":\"F32\",\"shape\":[1,2],\"data_offsets\":[0,8]}}",
        json => SafetensorsHeader.Parse(Encoding.UTF8.GetBytes(json), "a.safetensors"), "a.safetensors", surrogates: false);

    [Fact]
    public void The_header_of_decoded_images()
    {
        using var stream = new MemoryStream();
        DecodedCache.Write(stream, "key", new DecodedImages(new Shape(1, 2, 2), ["a", "b"], new DecodedPart(new byte[8], [0, 1]),
            new DecodedPart(new byte[4], [1]), ["note"]));
        var bytes = stream.ToArray();
        var length = BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(12));
        Check(
            Encoding.UTF8.GetString(bytes, 36, length), // behind 12 pixels
            json =>
            {
                var header = Encoding.UTF8.GetBytes(json);
                byte[] changed = [.. bytes[..36], .. header, .. bytes[(36 + length)..]];
                BinaryPrimitives.WriteInt32LittleEndian(changed.AsSpan(12), header.Length);
                using var file = new MemoryStream(changed);
                return DecodedCache.Read(file, "key")!;
            },
            "", surrogates: false);
    }

    [Fact]
    public void What_is_wrong_is_said_with_its_place()
    {
        static string Message(string json) =>
            Assert.ThrowsAny<JsonException>(() => StrictJson.Parse(json, root => root.GetRawText())).Message;
        Assert.Contains("Duplicate", Message("{\"a\":1,\"a\":2}"), StringComparison.OrdinalIgnoreCase);
        Assert.Equal("the text that begins at byte 5 is no valid Unicode", Message("{\"a\":\"\\ud800\"}"));
        Assert.Equal("a text in it has half a surrogate pair, which stands for no character", Message("\"" + (char)0xDC00 + "\""));
        Assert.Contains("maximum configured depth of 8", Message("[[[[[[[[[1]]]]]]]]]"), StringComparison.Ordinal);
        Assert.Equal("the text that begins at byte 0 is no valid Unicode",
            Assert.ThrowsAny<JsonException>(() => StrictJson.Parse(new byte[] { 0x22, 0xFF, 0x22 }, root => root.GetString())).Message);
        Assert.Equal("1", StrictJson.Parse("\uFEFF1", root => root.GetRawText()));
    }

    private static string Configuration() =>
        new RunConfiguration
        {
            Recipe = "mnist-20k",
            Settings = Recipes.Get("mnist-20k").Settings,
            Data = new RunData("mnist", "/data", 10, 5)
        }.ToJson();

    private static void Check(string json, Func<string, object> read, string source, bool surrogates = true, bool few = false)
    {
        read(json);
        foreach (var text in HostileJson.Refused(json).Where(text => surrogates || !text.Any(char.IsSurrogate)))
            AssertRefused(text, Record.Exception(() => read(text)), source);
        var isReadable = 0;
        foreach (var (number, text) in HostileJson.Changed(json).Index())
        {
            if (few && number % 20 > 0) continue;
            var error = Record.Exception(() => read(text));
            if (error is null) isReadable++;
            else AssertRefused(text, error, source);
        }
        Assert.True(few || isReadable > 0, "nothing that was changed is readable, not even numbers");
    }

    private static void AssertRefused(string text, Exception? error, string source) => Assert.True(
        error is DataException && error.Message.Contains(source, StringComparison.Ordinal),
            $"{(error is null ? "It was read" : $"{error.GetType().Name}: {error.Message}")}: {text[..Math.Min(text.Length, 3000)]}");

    private static T Written<T>(string path, string text, Func<T> read)
    {
        File.WriteAllText(path, text);
        return read();
    }

    private sealed record Score(string Name, double Value);
}
