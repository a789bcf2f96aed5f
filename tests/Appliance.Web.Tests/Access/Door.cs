using Appliance.Data.Accounts;
using Appliance.Data.Audit;
using Appliance.Data.Certificates;
using Appliance.Data.Revisions;
using Appliance.Data.Rights;
using Appliance.Proxy.Config;
using Appliance.Proxy.Connections;
using Appliance.Proxy.Routing;
using Appliance.Web.Editing;
using Appliance.Web.Rights;
using Appliance.Web.Sockets;
using Appliance.Web.Tests.CommandLine;
using Microsoft.Extensions.DependencyInjection;

namespace Appliance.Web.Tests.Access;

/// <summary>What the doors of a running product let through.</summary>
/// <param name="Product">The product; routes <c>own</c> and <c>foreign</c> exist, each with its pool.</param>
internal sealed record Door(RunningProduct Product)
{
    private static readonly CancellationToken _none = CancellationToken.None;

    public T Get<T>()
        where T : notnull => Product.Console.Services.GetRequiredService<T>();

    /// <summary>True when the deed was let through.</summary>
    public static async Task<bool> OpensAsync(Func<Task<object?>> deed)
    {
        try
        {
            return await deed() switch
            {
                EditResult.Rejected rejected => rejected.Problems.All(problem => problem.Code != "not_allowed"),
                CertificateResult.NotAllowed => false,
                CertificateResult.Done => true,
                CertificateResult other => throw new InvalidOperationException(other.ToString()),
                PeopleResult.Refused refused => !refused.Reason.Contains("takes the role", StringComparison.Ordinal)
                    && !refused.Reason.Contains("session has ended", StringComparison.Ordinal),
                TokenResult.Refused refused => !refused.Reason.Contains("takes the role", StringComparison.Ordinal)
                    && !refused.Reason.Contains("session has ended", StringComparison.Ordinal),
                _ => true,
            };
        }
        catch (NotAllowedException)
        {
            return false;
        }
    }

    public async Task<ProxyConfig> ConfigAsync() => (await Get<ConfigStore>().ReadHeadAsync(_none)).Config;

    public async Task<Route> RouteAsync(string name) => (await ConfigAsync()).Routes.Single(route => route.Name == name);

    /// <summary>Changes a route's limit to something new.</summary>
    public async Task<object?> EditAsync(Actor actor, string name)
    {
        var route = await RouteAsync(name);
        var editor = Get<ConfigEditor>();
        var changed = route with { MaxRequestBodyBytes = (route.MaxRequestBodyBytes ?? 0) + 1 };
        return await editor.ApplyAsync(config => Items.Put(config, changed), [SeenItem.Of(route)], new(actor, "", "console"), _none);
    }

    /// <summary>Revokes a token that was made a moment ago.</summary>
    public async Task<object?> RevokeAsync(string name, Actor actor)
    {
        var tokens = Get<ApiTokenStore>();
        (await tokens.CreateAsync(name, TokenScopes.Read, null, Actor.Local("test"), _none)).ShouldBeOfType<TokenResult.Created>();
        return await tokens.RevokeAsync(name, actor, _none);
    }

    public async Task<DrainTarget> TargetAsync(string name) => DrainTargets.Of(await RouteAsync(name));

    public async Task<long> LastAuditAsync() => (await Get<AuditStore>().ListAsync(new(), 1, null, Actor.Local("test"), _none))[0].Id;

    public async Task<AuditEntry> NewestAuditAsync() => (await Get<AuditStore>().ListAsync(new(), 1, null, Actor.Local("test"), _none))[0];
}
