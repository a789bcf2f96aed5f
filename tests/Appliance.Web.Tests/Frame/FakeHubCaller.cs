using System.Globalization;
using System.Security.Claims;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.SignalR;

namespace Appliance.Web.Tests.Frame;

/// <summary>A connection of a page. The framework makes them; who counts them needs no more than this.</summary>
internal sealed class FakeHubCaller(int number) : HubCallerContext
{
    public override string ConnectionId { get; } = number.ToString(CultureInfo.InvariantCulture);

    public override string? UserIdentifier => null;

    public override ClaimsPrincipal? User => null;

    public override IDictionary<object, object?> Items { get; } = new Dictionary<object, object?>();

    public override IFeatureCollection Features { get; } = new FeatureCollection();

    public override CancellationToken ConnectionAborted => CancellationToken.None;

    public override void Abort() { }
}
