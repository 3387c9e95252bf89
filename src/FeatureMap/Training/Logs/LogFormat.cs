using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace FeatureMap.Training;

/// <summary>
/// The text form of log rows. JSON lines: one object per line with "kind"; a value that was not measured is null, and an infinity, which
/// JSON has not, is the string "Infinity" or "-Infinity". CSV: a header line, then one line per epoch, empty where nothing was measured.
/// Numbers are written so that they read back to the same bits, with a point on every machine.
/// </summary>
internal static class LogFormat
{
    public const string EpochKind = "epoch", StepKind = "step", LayersKind = "layers";

    // The one list of an epoch's measured columns, in the order of both files; {0} stands for the metric.
    private static readonly (string Name, Func<EpochRecord, double> Value)[] Measures =
    [
        ("trainLoss", row => row.TrainLoss),
        ("train{0}", row => row.TrainMetric),
        ("validationLoss", row => row.ValidationLoss),
        ("validation{0}", row => row.ValidationMetric),
        ("learningRate", row => row.LearningRate),
        ("seconds", row => row.Seconds),
        ("totalSeconds", row => row.TotalSeconds),
        ("imagesPerSecond", row => row.ImagesPerSecond),
        ("augmentationShare", row => row.AugmentationShare),
    ];

    public static string CsvHeader(MetricInfo metric) => "epoch,step," + string.Join(',', Measures.Select(measure => Column(measure.Name, metric)));

    /// <summary>The metric whose columns a header has; null for other columns. The file says its name only: its unit stands in <c>log.jsonl</c>.</summary>
    public static MetricInfo? MetricOfCsv(string header)
    {
        var cells = header.Split(',');
        if (cells.Length <= 3 || !cells[3].StartsWith("train", StringComparison.Ordinal)) return null;
        var column = cells[3]["train".Length..];
        var metric = column == MetricInfo.Accuracy.Column ? MetricInfo.Accuracy : column.Length > 0 && column.All(char.IsAsciiLetterOrDigit) && char.IsAsciiLetter(column[0]) ? new MetricInfo(column) : null;
        return metric is not null && header == CsvHeader(metric) ? metric : null;
    }

    public static string Csv(EpochRecord row) =>
        string.Join(',', [row.Epoch.ToString(CultureInfo.InvariantCulture), row.Step.ToString(CultureInfo.InvariantCulture), .. Measures.Select(measure => Text(measure.Value(row)))]);

    public static string Json(EpochRecord row) => Json(EpochKind, json =>
    {
        json.WriteNumber("epoch", row.Epoch);
        json.WriteNumber("step", row.Step);
        if (!row.Metric.IsAccuracy)
        {
            json.WriteString("metric", row.Metric.Name);
            json.WriteString("metricUnit", row.Metric.Unit);
            json.WriteBoolean("metricHigherIsBetter", row.Metric.HigherIsBetter);
        }
        foreach (var (name, value) in Measures)
            Write(json, Column(name, row.Metric), value(row));
    });

    public static string Json(StepRecord row) => Json(StepKind, json =>
    {
        json.WriteNumber("step", row.Step);
        json.WriteNumber("epoch", row.Epoch);
        Write(json, "loss", row.Loss);
        Write(json, "learningRate", row.LearningRate);
    });

    public static string Json(LayersRecord row) => Json(LayersKind, json =>
    {
        json.WriteNumber("epoch", row.Epoch);
        json.WriteNumber("step", row.Step);
        json.WriteStartArray("layers");
        foreach (var layer in row.Layers)
        {
            json.WriteStartObject();
            json.WriteString("name", layer.Name);
            json.WriteString("op", layer.Op);
            Write(json, "gradientNorm", layer.GradientNorm);
            Write(json, "updateRatio", layer.UpdateRatio);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteNumber("images", row.Images);
        json.WriteStartArray("activations");
        foreach (var one in row.Activations)
        {
            json.WriteStartObject();
            json.WriteString("name", one.Layer);
            json.WriteString("op", one.Op);
            json.WriteNumber("units", one.Units);
            json.WriteNumber("dead", one.Dead);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    });

    public static LayersRecord LayersOf(JsonElement row) => new()
    {
        Epoch = checked((int)Whole(row, "epoch")),
        Step = Whole(row, "step"),
        Layers = [.. Items(row, "layers").Select(one => new LayerMeasure(Word(one, "name"), Word(one, "op"), Number(one, "gradientNorm"),
            Number(one, "updateRatio")))],
        Images = checked((int)Whole(row, "images")),
        Activations = [.. Items(row, "activations").Select(DeadOf)],
    };

    public static EpochRecord EpochOf(JsonElement row)
    {
        var metric = MetricOf(row);
        return Epoch(checked((int)Whole(row, "epoch")), Whole(row, "step"), metric, Array.ConvertAll(Measures, measure => Number(row, Column(measure.Name, metric))));
    }

    public static StepRecord StepOf(JsonElement row) => new()
    {
        Step = Whole(row, "step"),
        Epoch = checked((int)Whole(row, "epoch")),
        Loss = Number(row, "loss"),
        LearningRate = Number(row, "learningRate"),
    };

    public static long Whole(JsonElement row, string name) =>
        row.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) && number >= 0
            ? number : throw new FormatException($"'{name}' is not a whole number");

    public static EpochRecord EpochOfCsv(string line, MetricInfo metric)
    {
        var cells = line.Split(',');
        if (cells.Length != Measures.Length + 2)
            throw new FormatException($"it has {cells.Length} cells instead of {Measures.Length + 2}");
        return Epoch(int.Parse(cells[0], NumberStyles.None, CultureInfo.InvariantCulture), long.Parse(cells[1], NumberStyles.None, CultureInfo.InvariantCulture), metric,
            Array.ConvertAll(cells[2..], cell => cell.Length == 0 ? double.NaN : double.Parse(cell, NumberStyles.Float, CultureInfo.InvariantCulture)));
    }

    private static DeadUnits DeadOf(JsonElement one)
    {
        var (units, dead) = (checked((int)Whole(one, "units")), checked((int)Whole(one, "dead")));
        return units > 0 && dead <= units ? new(Word(one, "name"), Word(one, "op"), units, dead)
            : throw new FormatException($"of {units} units {dead} cannot be dead");
    }

    private static JsonElement.ArrayEnumerator Items(JsonElement row, string name) =>
        row.TryGetProperty(name, out var list) && list.ValueKind == JsonValueKind.Array ? list.EnumerateArray()
            : throw new FormatException($"'{name}' is not a list");

    private static string Word(JsonElement row, string name) =>
        row.ValueKind == JsonValueKind.Object && row.TryGetProperty(name, out var text) && text.ValueKind == JsonValueKind.String
            ? text.GetString()! : throw new FormatException($"'{name}' is not a text");

    private static string Column(string name, MetricInfo metric) => name.Replace("{0}", metric.Column, StringComparison.Ordinal);

    private static MetricInfo MetricOf(JsonElement row)
    {
        if (!row.TryGetProperty("metric", out var name)) return MetricInfo.Accuracy;
        if (name.ValueKind != JsonValueKind.String || !row.TryGetProperty("metricUnit", out var unit) || unit.ValueKind != JsonValueKind.String
            || !row.TryGetProperty("metricHigherIsBetter", out var higher) || higher.ValueKind is not (JsonValueKind.True or JsonValueKind.False))
            throw new FormatException("'metric' comes with a name, 'metricUnit' and 'metricHigherIsBetter'");
        try
        {
            return new MetricInfo(name.GetString()!, unit.GetString()!, higher.GetBoolean());
        }
        catch (UsageException error)
        {
            throw new FormatException(error.Message, error);
        }
    }

    private static EpochRecord Epoch(int epoch, long step, MetricInfo metric, double[] measures) => new()
    {
        Metric = metric,
        Epoch = epoch,
        Step = step,
        TrainLoss = measures[0],
        TrainMetric = measures[1],
        ValidationLoss = measures[2],
        ValidationMetric = measures[3],
        LearningRate = measures[4],
        Seconds = measures[5],
        TotalSeconds = measures[6],
        ImagesPerSecond = measures[7],
        AugmentationShare = measures[8],
    };

    private static string Json(string kind, Action<Utf8JsonWriter> fields)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteString("kind", kind);
            fields(json);
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static void Write(Utf8JsonWriter json, string name, double value)
    {
        if (double.IsNaN(value))
            json.WriteNull(name);
        else if (double.IsInfinity(value))
            json.WriteString(name, Text(value));
        else
            json.WriteNumber(name, value);
    }

    private static double Number(JsonElement row, string name)
    {
        if (!row.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null)
            return double.NaN;
        if (value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && double.IsFinite(number))
            return number;
        return value.ValueKind == JsonValueKind.String && value.GetString() is "Infinity" or "-Infinity"
            ? double.Parse(value.GetString()!, CultureInfo.InvariantCulture) : throw new FormatException($"'{name}' is not a number");
    }

    private static string Text(double value) => double.IsNaN(value) ? "" : value.ToString("R", CultureInfo.InvariantCulture);
}
