using System.Text;
using Appliance.Proxy.Config;

namespace Appliance.Proxy.Tests.Config;

/// <summary>docs/config.schema.json says what the program reads. APPLIANCE_TEST_SCHEMA=write brings it up to date.</summary>
public sealed class ConfigSchemaTests
{
    public static TheoryData<string> Examples => [.. DocExample.All.Select(example => example.Place)];

    [Fact]
    public async Task Schema_AgainstTheRecords_IsUpToDate()
    {
        var made = SchemaWriter.Write();
        if (Environment.GetEnvironmentVariable("APPLIANCE_TEST_SCHEMA") == "write")
            await File.WriteAllTextAsync(ConfigSchema.Path, made);
        (await File.ReadAllTextAsync(ConfigSchema.Path)).ShouldBe(made);
    }

    [Theory]
    [MemberData(nameof(Examples))]
    public void Example_OfThePages_FitsAndIsRead(string place)
    {
        var example = DocExample.All.Single(one => one.Place == place);
        ConfigSchema.Faults(example.Document).ShouldBeEmpty(example.Document);
        ConfigDocument.Parse(Encoding.UTF8.GetBytes(example.Document)).Problems.ShouldBeEmpty(example.Document);
    }

    [Theory]
    [InlineData("""[]""")]
    [InlineData("""{ "rotues": [] }""")]
    [InlineData("""{ "revision": -1 }""")]
    [InlineData("""{ "routes": [ { "name": "a" } ] }""")]
    [InlineData("""{ "routes": [ { "name": "", "action": { "kind": "respond" } } ] }""")]
    [InlineData("""{ "routes": [ { "name": "a", "action": { "kind": "teleport" } } ] }""")]
    [InlineData("""{ "routes": [ { "name": "a", "action": { "kind": "respond", "pool": "p" } } ] }""")]
    [InlineData("""{ "routes": [ { "name": "a", "action": { "kind": "respond", "status": 600 } } ] }""")]
    [InlineData("""{ "routes": [ { "name": "a", "action": { "kind": "redirect", "location": "/", "status": 304 } } ] }""")]
    [InlineData("""{ "routes": [ { "name": "a", "pathKind": "glob", "action": { "kind": "respond" } } ] }""")]
    [InlineData("""{ "routes": [ { "name": "a", "webSocket": { "idleTimeout": true }, "action": { "kind": "respond" } } ] }""")]
    [InlineData("""{ "routes": [ { "name": "a", "webSocket": { "idleTimeout": "5 m" }, "action": { "kind": "respond" } } ] }""")]
    [InlineData("""{ "routes": [ { "name": "a", "webSocket": { "lifetimeJitter": 91 }, "action": { "kind": "respond" } } ] }""")]
    [InlineData("""{ "upstreamPools": [ { "name": "a" } ] }""")]
    [InlineData("""{ "upstreamPools": [ { "name": "a", "servers": [] } ] }""")]
    [InlineData("""{ "upstreamPools": [ { "name": "a", "servers": [ { "address": "http://a:1", "weight": "2" } ] } ] }""")]
    [InlineData("""{ "upstreamPools": [ { "name": "a", "servers": [ { "address": "http://a:1", "weight": 0 } ] } ] }""")]
    [InlineData("""{ "headerMaps": [ { "name": "no_dollar", "source": "$uri" } ] }""")]
    [InlineData("""{ "tlsPolicies": [ { "name": "t", "minVersion": 1.2 } ] }""")]
    [InlineData("""{ "tlsPolicies": [ { "name": "t", "httpsPort": 65536 } ] }""")]
    public void Document_ThatIsWrong_NeitherFitsNorIsTaken(string document)
    {
        ConfigSchema.Faults(document).ShouldNotBeEmpty();
        Verdict.Of(document).IsTaken.ShouldBeFalse();
    }

    // The pattern of a time: an expression that tries every way to cut a row of digits takes hours for this one.
    [Fact]
    public async Task Time_LongRowOfDigits_IsRefusedWithoutDelay()
    {
        var time = new string('1', 5000) + "x";
        var document =
            $$"""{ "upstreamPools": [ { "name": "a", "keepAliveTime": "{{time}}", "servers": [ { "address": "http://a" } ] } ] }""";
        (await Task.Run(() => ConfigSchema.Faults(document)).WaitAsync(TimeSpan.FromSeconds(30))).ShouldNotBeEmpty();
    }
}
