using System.Buffers.Binary;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using FeatureMap.Data;
using FeatureMap.Studio;
using Xunit;

namespace FeatureMap.Tests.Studio;

/// <summary>What may be sent: one image, from a page of the studio, of a size; and everything else with the status that says why
/// not.</summary>
public sealed class UploadTests(RunningStudio studio) : IClassFixture<RunningStudio>
{
    [Fact]
    public async Task An_image_gets_an_id_and_comes_back_as_it_was()
    {
        var png = Png(3, 20, 30);
        using var first = await Send(png, "a photo.png");
        Assert.Equal(HttpStatusCode.OK, first.StatusCode);
        using var told = JsonDocument.Parse(await first.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        var id = told.RootElement.GetProperty("id").GetString()!;
        Assert.Matches("^upload-[0-9a-f]{16}$", id);
        int Whole(string name) => told.RootElement.GetProperty(name).GetInt32();
        Assert.Equal((30, 20, 3, "a photo.png"), (Whole("width"), Whole("height"), Whole("channels"),
            told.RootElement.GetProperty("name").GetString()));
        using var again = await Send(png, "other.png");
        Assert.Contains(id, await again.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        using var back = await studio.Ask($"/images/{id}");
        Assert.Equal("image/png", back.Content.Headers.ContentType!.MediaType);
        Assert.Equal(png, await back.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
        Assert.Contains("a photo.png", await studio.Text($"/try?image={id}"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_may_send_is_asked_first()
    {
        var png = Png(1, 4, 4);
        foreach (var (name, value, status) in ((string, string, int)[])[("Origin", "", 403), ("Origin", "http://evil.example", 403),
            (Gate.UploadHeader, "", 403), ("Cookie", "", 401), ("Host", "evil.example", 421), ("Sec-Fetch-Site", "cross-site", 403)])
        {
            using var answer = await Send(png, "a.png", (name, value));
            Assert.Equal((name, value, status), (name, value, (int)answer.StatusCode));
            Assert.Equal("application/problem+json", answer.Content.Headers.ContentType!.MediaType);
        }
        using var raw = new ByteArrayContent(png);
        raw.Headers.ContentType = new MediaTypeHeaderValue("image/png");
        using var bare = await studio.Send(HttpMethod.Post, Gate.UploadPath, raw, ("Origin", studio.Origin), (Gate.UploadHeader, "1"));
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, bare.StatusCode);
        using var read = await studio.Ask(Gate.UploadPath);
        Assert.Equal(HttpStatusCode.NotFound, read.StatusCode);
    }

    public static TheoryData<string, byte[], int> Hostile => new()
    {
        { "nothing", [], 415 },
        { "text", Encoding.ASCII.GetBytes("this is no image at all, but a text"), 415 },
        { "webp", Encoding.ASCII.GetBytes("RIFF\0\0\0\0WEBPVP8 "), 415 },
        { "gif", Encoding.ASCII.GetBytes("GIF89a\0\0\0\0"), 415 },
        { "svg", Encoding.ASCII.GetBytes("<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>"), 415 },
        { "truncated", Png(3, 40, 40)[..^30], 400 },
        { "signature alone", Png(1, 4, 4)[..8], 400 },
        { "jpeg start alone", [0xFF, 0xD8, 0xFF, 0xE0], 400 },
        { "bmp start alone", "BM"u8.ToArray(), 400 },
        { "many columns", Png(1, 1, 4097), 413 },
        { "many rows", Png(1, 4097, 1), 413 },
        { "claims 60,000 x 3,000", Claiming(60_000, 3_000), 0 },
        { "claims more than is counted", Claiming(2_000_000_000, 2_000_000_000), 400 },
        { "claims 4,096 x 4,096 and has four", Claiming(4096, 4096), 400 },
        { "wrong checksum", Flipped(Png(3, 16, 16)), 400 },
    };

    [Theory]
    [MemberData(nameof(Hostile))]
    public async Task A_file_that_is_no_image_is_refused(string what, byte[] content, int status)
    {
        using var answer = await Send(content, $"{what}.png");
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        var isExpected = (int)answer.StatusCode == status || (status == 0 && (int)answer.StatusCode is 400 or 413);
        Assert.True(isExpected, $"{what}: {(int)answer.StatusCode} {text}");
        using var problem = JsonDocument.Parse(text);
        Assert.NotEmpty(problem.RootElement.GetProperty("detail").GetString()!);
    }

    [Fact]
    public async Task A_file_that_is_too_large_is_refused_before_it_is_read()
    {
        using var answer = await Send(new byte[UploadDesk.LargestFile + 100_000], "large.png", ("Expect", "100-continue"));
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
        // Without a length in front it is counted while it comes.
        using var form = Form(new byte[UploadDesk.LargestFile + 4096], "large.png");
        using var request = new HttpRequestMessage(HttpMethod.Post, studio.Origin + Gate.UploadPath) { Content = form };
        request.Headers.TransferEncodingChunked = true;
        foreach (var (name, value) in Usual) request.Headers.TryAddWithoutValidation(name, value);
        request.Headers.TryAddWithoutValidation("Cookie", studio.Cookie);
        using var chunked = await studio.Client.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, chunked.StatusCode);
    }

    [Theory]
    [InlineData("", "boundary=x", 400)]
    [InlineData("--x--\r\n", "boundary=x", 400)]
    [InlineData("--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\ntext\r\n--x--\r\n", "boundary=x", 400)]
    [InlineData("--x\r\n\r\ntext\r\n--x--\r\n", "boundary=x", 400)]
    [InlineData("--x\r\nContent-Disposition: form-data; name=\"a\"; filename=\"b.png\"\r\n\r\ntext", "boundary=x", 400)]
    [InlineData("--x\r\nno colon\r\n\r\ntext\r\n--x--\r\n", "boundary=x", 400)]
    [InlineData("--x--", "", 400)]
    [InlineData("--x--", "boundary=", 400)]
    [InlineData("--x--", "boundary=\"\"", 400)]
    public async Task A_form_that_is_none_is_refused(string body, string boundary, int status)
    {
        using var answer = await Raw(Encoding.ASCII.GetBytes(body), $"multipart/form-data{(boundary.Length > 0 ? "; " : "")}{boundary}");
        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType!.MediaType);
    }

    [Fact]
    public async Task Two_files_are_refused()
    {
        using var form = Form(Png(1, 4, 4), "a.png");
        form.Add(new ByteArrayContent(Png(1, 4, 4)), "b", "b.png");
        using var answer = await studio.Send(HttpMethod.Post, Gate.UploadPath, form, Usual);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }

    [Fact]
    public void What_was_not_asked_for_longest_is_forgotten()
    {
        var uploads = new Uploads(mostBytes: 1000, mostFiles: 3);
        var (one, _) = uploads.Keep("one", [1]);
        uploads.Keep("two", [2]);
        uploads.Keep("three", [3]);
        Assert.NotNull(uploads.Find(one.Id));
        Assert.Equal("two", Assert.Single(uploads.Keep("four", [4]).Forgotten).Name);
        // 1,002 bytes are two too many: two files of a byte go.
        Assert.Equal(["three", "one"], uploads.Keep("large", new byte[999]).Forgotten.Select(image => image.Name));
        Assert.Equal(["large", "four"], uploads.All.Select(image => image.Name));
    }

    /// <summary>Bodies and questions that were damaged at random: a problem that teaches, or an answer; never a failure of the
    /// studio.</summary>
    [Fact]
    public async Task Three_thousand_damaged_requests_are_answered()
    {
        var random = new Random(20261130);
        var png = Png(1, 6, 6);
        const string Head = "--x\r\nContent-Disposition: form-data; name=\"image\"; filename=\"a.png\"\r\n"
            + "Content-Type: image/png\r\n\r\n";
        var form = Encoding.ASCII.GetBytes(Head).Concat(png).Concat(Encoding.ASCII.GetBytes("\r\n--x--\r\n")).ToArray();
        var question = Encoding.UTF8.GetBytes(
            """{"models": ["digits"], "image": "no-such", "class": "3", "off": "conv1:2", "row": 3, "value": 7, "place": "fit"}""");
        for (var i = 0; i < 3_000; i++)
        {
            var isForm = i % 2 == 0;
            var body = Damaged(isForm ? form : question, random);
            using var answer = isForm ? await Raw(body, "multipart/form-data; boundary=x")
                : await Raw(body, "application/json", "/api/try");
            var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
            Assert.True((int)answer.StatusCode is 200 or 400 or 404 or 413 or 415,
                $"{answer.StatusCode} for {Convert.ToHexString(body)}: {text}");
        }
    }

    private (string, string)[] Usual => [("Origin", studio.Origin), (Gate.UploadHeader, "1")];

    private static MultipartFormDataContent Form(byte[] content, string name)
    {
        var form = new MultipartFormDataContent();
        form.Add(new ByteArrayContent(content), "image", name);
        return form;
    }

    private async Task<HttpResponseMessage> Send(byte[] content, string name, params (string Name, string Value)[] headers)
    {
        using var form = Form(content, name);
        return await studio.Send(HttpMethod.Post, Gate.UploadPath, form, [.. Usual, .. headers]);
    }

    private async Task<HttpResponseMessage> Raw(byte[] body, string type, string path = Gate.UploadPath)
    {
        using var content = new ByteArrayContent(body);
        content.Headers.TryAddWithoutValidation("Content-Type", type);
        return await studio.Send(HttpMethod.Post, path, content, Usual);
    }

    private static byte[] Png(int channels, int height, int width)
    {
        var shape = new Shape(channels, height, width);
        using var file = new MemoryStream();
        new Picture("p", shape, [.. Enumerable.Range(0, shape.Count).Select(i => (byte)((i * 37) + (i / 7)))]).Save(file);
        return file.ToArray();
    }

    /// <summary>A whole PNG of four pixels, whose header claims other sizes, with the right checksum.</summary>
    private static byte[] Claiming(uint width, uint height)
    {
        var png = Png(1, 2, 2);
        BinaryPrimitives.WriteUInt32BigEndian(png.AsSpan(16), width);
        BinaryPrimitives.WriteUInt32BigEndian(png.AsSpan(20), height);
        BinaryPrimitives.WriteUInt32BigEndian(png.AsSpan(29), Crc32.Of(png.AsSpan(12, 17)));
        return png;
    }

    private static byte[] Flipped(byte[] png)
    {
        png[^20] ^= 0x55;
        return png;
    }

    private static byte[] Damaged(byte[] whole, Random random)
    {
        var damaged = whole.ToList();
        for (var changes = random.Next(1, 5); changes > 0 && damaged.Count > 0; changes--)
        {
            var at = random.Next(damaged.Count);
            switch (random.Next(4))
            {
                case 0: damaged[at] = (byte)random.Next(256); break;
                case 1: damaged.Insert(at, (byte)random.Next(256)); break;
                case 2: damaged.RemoveRange(at, Math.Min(random.Next(1, 40), damaged.Count - at)); break;
                default: damaged.InsertRange(at, Enumerable.Repeat((byte)random.Next(256), random.Next(1, 60))); break;
            }
        }
        return [.. damaged];
    }
}
