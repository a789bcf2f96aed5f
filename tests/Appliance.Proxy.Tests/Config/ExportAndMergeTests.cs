using System.Collections.Immutable;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text;
using Appliance.Proxy.Config;
using Appliance.Proxy.HeaderMaps;
using Appliance.Proxy.Items;
using Appliance.Proxy.Routing;
using Appliance.Proxy.TlsPolicies;
using Appliance.Proxy.Upstreams;
using Appliance.Proxy.WebSocketPolicies;

namespace Appliance.Proxy.Tests.Config;

/// <summary>
/// What an export writes and nobody touches is the config that it came from: for every kind of item, and every member that may be left out.
/// </summary>
public sealed class ExportAndMergeTests
{
    private static readonly MethodInfo _emptyOf = Own(nameof(EmptyOf));
    private static readonly MethodInfo _listOf = Own(nameof(ListOf));

    [Fact]
    public void Export_AnyItems_MergeAsTheSameReferencesInTheSameOrder()
    {
        var random = new Random(20260);
        for (var round = 0; round < 300; round++)
        {
            var head = new ProxyConfig
            {
                Routes = Some<Route>(random),
                UpstreamPools = Some<UpstreamPool>(random),
                HeaderMaps = Some<HeaderMap>(random),
                TlsPolicies = Some<TlsPolicy>(random),
            };
            var text = new ConfigDocument(7, head).ToJson();
            var parsed = ConfigDocument.Parse(Encoding.UTF8.GetBytes(text));
            parsed.Problems.ShouldBeEmpty(text);
            var next = ConfigMerge.ByName(head, parsed.Document!.Config); // it has no problems
            ConfigDiff.Between(head, next).Changes.ShouldBeEmpty(text);
            foreach (
                var (before, after) in new (IEnumerable<ConfigItem>, IEnumerable<ConfigItem>)[]
                {
                    (head.Routes, next.Routes),
                    (head.UpstreamPools, next.UpstreamPools),
                    (head.HeaderMaps, next.HeaderMaps),
                    (head.TlsPolicies, next.TlsPolicies),
                }
            )
            {
                after.SequenceEqual(before, ReferenceEqualityComparer.Instance).ShouldBeTrue(text);
            }
        }
    }

    // Back and forth between any two configs: what comes back is the other one, and what was the same stays the very same.
    [Fact]
    public void ById_BackAndForth_IsTheOtherConfig()
    {
        var random = new Random(20262);
        for (var round = 0; round < 300; round++)
        {
            var wanted = Config(random);

            // Some of its items are gone, some say something else, some are new.
            var head = ItemKinds.All.Aggregate(Config(random), (config, kind) =>
                config.With(kind, [.. config.Of(kind), .. wanted.Of(kind).Where(_ => random.Next(3) > 0)])
            );
            var there = ConfigMerge.ById(head, wanted);
            Canonical(there).ShouldBe(Canonical(wanted));
            foreach (var item in there.AllItems.Where(item => head.AllItems.Contains(item, ReferenceEqualityComparer.Instance)))
                wanted.AllItems.Single(other => other.Id == item.Id).Name.ShouldBe(item.Name);
            Canonical(ConfigMerge.ById(there, head)).ShouldBe(Canonical(head));
            ConfigMerge.ById(head, head).AllItems.SequenceEqual(head.AllItems, ReferenceEqualityComparer.Instance).ShouldBeTrue();
        }
    }

    private static ProxyConfig Config(Random random) =>
        new()
        {
            Routes = Some<Route>(random),
            UpstreamPools = Some<UpstreamPool>(random),
            HeaderMaps = Some<HeaderMap>(random),
            TlsPolicies = Some<TlsPolicy>(random),
        };

    // Order counts for routes alone.
    private static string[] Canonical(ProxyConfig config) =>
        [
            .. ItemKinds.All.SelectMany(kind =>
                kind.IsOrdered
                    ? config.Of(kind).Select(item => item.Id + ConfigItemJson.Write(item))
                    : config.Of(kind).Select(item => item.Id + ConfigItemJson.Write(item)).Order(StringComparer.Ordinal)
            ),
        ];

    // As a form leaves them: lists that are empty, but not the empty list of the defaults.
    [Fact]
    public void Export_SectionsThatSayNothing_AreNotWritten()
    {
        var empty = new WebSocketPolicy { AllowedOrigins = EmptyOf<string>(), AllowedSubprotocols = EmptyOf<string>() };
        var route = new Route
        {
            Id = Guid.NewGuid(),
            Name = "r",
            Action = new RouteAction.Respond(),
            WebSocket = empty,
        };
        ConfigItemJson.Write(route).ShouldNotContain("webSocket");
        ConfigItemJson.Write(route).ShouldBe(ConfigItemJson.Write(route with { WebSocket = new() }));
        ConfigItemJson.Write(route with { WebSocket = empty with { Allow = false } }).ShouldContain("\"webSocket\":{\"allow\":false}");

        // Here nothing is something: such a policy asks for certificates.
        var asks = new TlsPolicy
        {
            Id = Guid.NewGuid(),
            Name = "t",
            Hsts = new(),
            ClientCertificates = new(),
        };
        ConfigItemJson.Write(asks).ShouldContain("\"clientCertificates\":{}");
    }

    private static ImmutableArray<T> Some<T>(Random random)
        where T : ConfigItem =>
        [
            .. Enumerable
                .Range(0, random.Next(4))
                .Select(number =>
                    (T)Make(typeof(T), random) with
                    {
                        Id = Guid.NewGuid(),
                        Name = $"{(char)('a' + random.Next(26))}{number}",
                    }
                ),
        ];

    private static object Make(Type type, Random random)
    {
        if (type == typeof(RouteAction))
            type = random.GetItems([typeof(RouteAction.Proxy), typeof(RouteAction.Redirect), typeof(RouteAction.Respond)], 1)[0];
        var made = Activator.CreateInstance(type)!; // a record without arguments
        foreach (var property in type.GetProperties().Where(property => property.CanWrite))
        {
            var isRequired = property.GetCustomAttributes().Any(attribute => attribute.GetType().Name == "RequiredMemberAttribute");
            if (isRequired || random.Next(2) == 0)
                property.SetValue(made, Value(property.PropertyType, random));
        }

        return made;
    }

    private static object? Value(Type type, Random random)
    {
        if (Nullable.GetUnderlyingType(type) is { } inner)
            return random.Next(2) == 0 ? null : Value(inner, random);
        if (type == typeof(bool))
            return random.Next(2) == 0;
        if (type == typeof(int))
            return random.Next(3);
        if (type == typeof(long))
            return random.NextInt64(3);
        if (type == typeof(string))
            return random.Next(3) switch
            {
                0 => "",
                1 => "x",
                _ => "$host \"é\" \u001b\n",
            };
        if (type == typeof(Guid))
            return Guid.NewGuid();
        if (type == typeof(TimeSpan))
            return TimeSpan.FromMilliseconds(random.Next(3) * 61_250L);
        if (type.IsEnum)
            return random.GetItems(Enum.GetValues(type).Cast<object>().ToArray(), 1)[0];
        if (!type.IsGenericType)
            return Make(type, random);
        var of = type.GetGenericArguments()[0];
        return random.Next(3) == 0
            ? _emptyOf.MakeGenericMethod(of).Invoke(null, [])
            : _listOf.MakeGenericMethod(of).Invoke(null, [Enumerable.Range(0, random.Next(3)).Select(_ => Value(of, random)).ToArray()]);
    }

    private static MethodInfo Own(string name) =>
        typeof(ExportAndMergeTests).GetMethod(name, BindingFlags.NonPublic | BindingFlags.Static)!; // it stands here

    private static ImmutableArray<T> EmptyOf<T>() => ImmutableCollectionsMarshal.AsImmutableArray(Array.Empty<T>());

    private static ImmutableArray<T> ListOf<T>(object[] items) => [.. items.Cast<T>()];
}
