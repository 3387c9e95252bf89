using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using FeatureMap.Studio;
using Xunit;

namespace FeatureMap.Tests.Studio;

/// <summary>Who may speak to the studio: each row of the table as a request.</summary>
public sealed class SecurityTests(RunningStudio studio) : IClassFixture<RunningStudio>
{
    [Theory]
    [InlineData("evil.example", 421)]
    [InlineData("127.0.0.1", 421)]
    [InlineData("127.0.0.1:1", 421)]
    [InlineData("127.0.0.1.evil.example:PORT", 421)]
    [InlineData("evil.example:PORT", 421)]
    [InlineData("0.0.0.0:PORT", 421)]
    [InlineData("127.0.0.1:PORT", 200)]
    [InlineData("localhost:PORT", 200)]
    [InlineData("LocalHost:PORT", 200)]
    public async Task It_answers_under_its_own_name_only(string host, int status) =>
        Assert.Equal(status, (int)(await studio.Ask("/learn", ("Host", host.Replace("PORT", $"{studio.Host.Port}",
            StringComparison.Ordinal)))).StatusCode);

    [Theory]
    [InlineData("Origin", "http://evil.example", 403)]
    [InlineData("Origin", "null", 403)]
    [InlineData("Origin", "http://127.0.0.1:1", 403)]
    [InlineData("Origin", "https://127.0.0.1:PORT", 403)]
    [InlineData("Origin", "http://localhost:PORT", 403)]
    [InlineData("Origin", "http://127.0.0.1:PORT", 200)]
    [InlineData("Sec-Fetch-Site", "cross-site", 403)]
    [InlineData("Sec-Fetch-Site", "same-site", 403)]
    [InlineData("Sec-Fetch-Site", "anything", 403)]
    [InlineData("Sec-Fetch-Site", "same-origin", 200)]
    [InlineData("Sec-Fetch-Site", "none", 200)]
    public async Task A_foreign_page_gets_nothing(string header, string value, int status) =>
        Assert.Equal(status, (int)(await studio.Ask("/learn", (header, value.Replace("PORT", $"{studio.Host.Port}",
            StringComparison.Ordinal)))).StatusCode);

    [Theory]
    [InlineData("")]
    [InlineData("featuremap-studio-PORT=")]
    [InlineData("featuremap-studio-PORT=00000000000000000000000000000000")]
    [InlineData("other=TOKEN")]
    public async Task Without_the_cookie_nothing_is_answered(string cookie)
    {
        var sent = cookie.Replace("PORT", $"{studio.Host.Port}", StringComparison.Ordinal).Replace("TOKEN", studio.Token,
            StringComparison.Ordinal);
        foreach (var path in (string[])["/", "/learn", "/learn/convolution", "/assets/studio.js", "/live", "/no-such-page"])
            Assert.Contains((int)(await studio.Ask(path, ("Cookie", sent))).StatusCode, (int[])[401, 403]);
        Assert.Equal(HttpStatusCode.Unauthorized, (await studio.Ask("/learn", ("Cookie", sent))).StatusCode);
    }

    [Fact]
    public async Task The_token_is_taken_out_of_the_address_and_becomes_a_cookie()
    {
        Assert.Matches("^[0-9a-f]{32}$", studio.Token);
        using var first = await studio.Ask($"/learn/convolution?stride=2&token={studio.Token}&padding=1", ("Cookie", ""));
        Assert.Equal(HttpStatusCode.SeeOther, first.StatusCode);
        Assert.Equal("/learn/convolution?stride=2&padding=1", first.Headers.Location!.OriginalString);
        var cookie = Assert.Single(first.Headers.GetValues("Set-Cookie"));
        Assert.StartsWith($"featuremap-studio-{studio.Host.Port}={studio.Token};", cookie, StringComparison.Ordinal);
        Assert.Contains("httponly", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("samesite=strict", cookie, StringComparison.OrdinalIgnoreCase);
        using var wrong = await studio.Ask($"/learn?token={new string('0', 32)}");
        Assert.Equal(HttpStatusCode.Unauthorized, wrong.StatusCode);
        using var elsewhere = await studio.Ask($"//evil.example/?token={studio.Token}");
        Assert.Equal("/evil.example/", elsewhere.Headers.Location!.OriginalString);
    }

    [Theory]
    [InlineData("/learn", 200)]
    [InlineData("/learn/convolution", 200)]
    [InlineData("/assets/studio.css", 200)]
    [InlineData("/no-such-page", 404)]
    [InlineData("/learn/convolution?stride=x", 400)]
    public async Task Every_answer_keeps_other_pages_out(string path, int status)
    {
        using var answer = await studio.Ask(path);
        Assert.Equal(status, (int)answer.StatusCode);
        AssertProtected(answer);
        using var refused = await studio.Ask(path, ("Cookie", ""));
        AssertProtected(refused);
        using var misled = await studio.Ask(path, ("Host", "evil.example"));
        AssertProtected(misled);
        Assert.False(answer.Headers.Contains("Server"));
        Assert.False(answer.Headers.Contains("Access-Control-Allow-Origin"));
    }

    [Theory]
    [InlineData("PUT", 405)]
    [InlineData("DELETE", 405)]
    [InlineData("OPTIONS", 405)]
    [InlineData("PATCH", 405)]
    [InlineData("HEAD", 200)]
    public async Task Other_methods_are_refused(string method, int status) =>
        Assert.Equal(status, (int)(await studio.Send(new HttpMethod(method), "/learn", null)).StatusCode);

    [Theory]
    [InlineData("application/json", true, 405)]
    [InlineData("application/json", false, 403)]
    [InlineData("text/plain", true, 415)]
    [InlineData("application/x-www-form-urlencoded", true, 415)]
    [InlineData("multipart/form-data", true, 415)]
    public async Task What_is_sent_is_json_of_a_page_of_the_studio(string type, bool hasOrigin, int status)
    {
        using var content = new StringContent("{}", Encoding.UTF8, type);
        using var answer = await studio.Send(HttpMethod.Post, "/learn", content, ("Origin", hasOrigin ? studio.Origin : ""));
        Assert.Equal(status, (int)answer.StatusCode);
    }

    [Theory]
    [InlineData("/assets/../studio.css")]
    [InlineData("/assets/..%2f..%2fetc%2fpasswd")]
    [InlineData("/assets/%2e%2e/%2e%2e/secret")]
    [InlineData("/assets/studio.css%00.js")]
    [InlineData("/assets/STUDIO.CSS")]
    [InlineData("/learn/..%2f..%2fetc%2fpasswd")]
    [InlineData("/learn/convolution/../../etc")]
    [InlineData("/learn/%00")]
    [InlineData("/learn/%ff%fe")]
    public async Task A_path_leads_nowhere_but_into_the_lists(string path)
    {
        using var answer = await studio.Ask(path);
        Assert.Contains((int)answer.StatusCode, (int[])[400, 404]); // 400 for what is no path at all
    }

    [Fact]
    public async Task Large_requests_are_refused()
    {
        Assert.Equal(414, (int)(await studio.Ask("/learn/convolution?input=" + new string('1', 9_000))).StatusCode);
        Assert.Equal(414, (int)(await studio.Ask("/learn/convolution?input=" + new string('1', 40_000))).StatusCode);
        using var content = new StringContent(new string(' ', 200_000), Encoding.UTF8, "application/json");
        Assert.Contains((int)(await studio.Send(HttpMethod.Post, "/learn", content, ("Origin", studio.Origin))).StatusCode, (int[])[405,
            413]);
    }

    [Fact]
    public async Task A_socket_is_opened_by_a_page_of_the_studio_only()
    {
        using var foreign = await studio.Open(origin: "http://evil.example");
        Assert.Equal(HttpStatusCode.Forbidden, foreign.HttpStatusCode);
        using var unknown = await studio.Open(cookie: "a=b");
        Assert.Equal(HttpStatusCode.Unauthorized, unknown.HttpStatusCode);
        using var own = await studio.Open();
        Assert.Equal(WebSocketState.Open, own.State);
        await RunningStudio.Say(own, new string('x', 70_000));
        Assert.Equal("closed: MessageTooBig", await RunningStudio.Hear(own));
        using var other = await studio.Open();
        await other.SendAsync(new byte[4], WebSocketMessageType.Binary, true, TestContext.Current.CancellationToken);
        Assert.Equal("closed: InvalidMessageType", await RunningStudio.Hear(other));
    }

    [Fact]
    public async Task It_listens_on_the_loopback_address_only()
    {
        foreach (var address in (await Dns.GetHostAddressesAsync(Dns.GetHostName(), TestContext.Current.CancellationToken))
            .Where(address => !IPAddress.IsLoopback(address) && address.AddressFamily == AddressFamily.InterNetwork))
        {
            using var socket = new TcpClient();
            await Assert.ThrowsAnyAsync<SocketException>(() => socket.ConnectAsync(address, studio.Host.Port,
                TestContext.Current.CancellationToken).AsTask());
        }
        using var listening = new TcpClient();
        await listening.ConnectAsync(IPAddress.Loopback, studio.Host.Port, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_port_that_is_taken_is_said()
    {
        var error = await Assert.ThrowsAsync<UsageException>(() => StudioHost.StartAsync(new StudioOptions { Port = studio.Host.Port },
            TestContext.Current.CancellationToken));
        Assert.Equal($"Port {studio.Host.Port} of 127.0.0.1 is taken, perhaps by a studio that runs already. Choose another one, or 0 for any that is free, with StudioOptions.Port.", error.Message);
        await Assert.ThrowsAsync<UsageException>(() => StudioHost.StartAsync(new StudioOptions { Port = 70_000 },
            TestContext.Current.CancellationToken));
    }

    /// <summary>Addresses that were damaged at random: a page, or a problem that teaches; never a failure of the studio.</summary>
    [Fact]
    public async Task Ten_thousand_damaged_addresses_and_messages_are_answered()
    {
        var random = new Random(20261130);
        var desk = new StudioRooms(new StudioOptions()).Desk;
        string[] whole =
        [
            .. FeatureMap.Lessons.Lesson.All.SelectMany(lesson => lesson.Experiments.Select(one =>
                $"/learn/{lesson.Id}/stage?{one.Query}").Prepend($"/learn/{lesson.Id}/stage?{string.Join('&', lesson.Controls.Select(control => $"{control.Name}={control.DefaultText}"))}")),
            "/learn", "/learn?find=stride", "/learn/convolution/stage?stride=2&b=%3Fkernel%3D2x2",
            "/try/stage?image=none&models=digits&class=3&row=1&column=2&value=3&off=conv1%3A2&place=fit&invert=on",
        ];
        for (var i = 0; i < 9_000; i++)
        {
            var address = Damaged(whole[random.Next(whole.Length)], random);
            var answer = await desk.Answer(address, wantsJson: i % 7 == 0, wantsPage: i % 5 == 0, TestContext.Current.CancellationToken);
            Assert.True(answer.Status is 200 or 303 or 400 or 404 or 414, $"{answer.Status} for {address}: {answer.Body}");
        }
        using var socket = await studio.Open();
        for (var i = 0; i < 1_000; i++)
        {
            await RunningStudio.Say(socket, Damaged($$"""{"ask": {{i}}, "path": "/no-such-page/{{i}}"}""", random));
            using var heard = JsonDocument.Parse(await RunningStudio.Hear(socket));
            Assert.True(heard.RootElement.TryGetProperty("problem", out var problem)
                && problem.GetProperty("status").GetInt32() is 400 or 404);
        }
    }

    private static string Damaged(string text, Random random)
    {
        const string Signs = "0123456789-+.,_~=&?%/xeE \"'<>{}[]\\\0\r\n\u00e9\u202e\ud83d";
        var damaged = new StringBuilder(text);
        for (var changes = random.Next(1, 5); changes > 0; changes--)
        {
            var at = random.Next(damaged.Length);
            switch (random.Next(4))
            {
                case 0: damaged[at] = Signs[random.Next(Signs.Length)]; break;
                case 1: damaged.Insert(at, Signs[random.Next(Signs.Length)]); break;
                case 2: damaged.Remove(at, Math.Min(random.Next(1, 6), damaged.Length - at)); break;
                default: damaged.Insert(at, new string('9', random.Next(1, 30))); break;
            }
            if (damaged.Length == 0) damaged.Append('/');
        }
        return damaged.ToString();
    }

    private static void AssertProtected(HttpResponseMessage answer)
    {
        string Header(string name) => Assert.Single(answer.Headers.GetValues(name));
        Assert.Equal(Gate.ContentPolicy, Header("Content-Security-Policy"));
        Assert.DoesNotContain("unsafe", Gate.ContentPolicy, StringComparison.Ordinal);
        Assert.Equal("nosniff", Header("X-Content-Type-Options"));
        Assert.Equal("no-referrer", Header("Referrer-Policy"));
        Assert.Equal("same-origin", Header("Cross-Origin-Opener-Policy"));
        Assert.Equal("same-origin", Header("Cross-Origin-Resource-Policy"));
    }
}
